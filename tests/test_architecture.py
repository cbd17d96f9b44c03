"""The import rule: who may import whom, read from the sources."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("mihwar", "training", "evaluation", "serving", "cli")
MAY_IMPORT = {
    "mihwar": {"mihwar"},
    "evaluation": {"evaluation", "mihwar"},
    "training": {"training", "evaluation", "mihwar"},
    "serving": {"serving", "mihwar"},
    "cli": set(PACKAGES),
}
# Within `mihwar`, each part imports only parts that stand before it.
LAYERS = ("errors", "text", "themes", "paragraph", "decision", "artefact", "engine", "classifier")
HEAVY = {"torch", "transformers", "accelerate"}


def sources(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            # `from package import module` imports the module.
            for alias in node.names:
                module = f"{node.module}.{alias.name}"
                is_module = (ROOT / module.replace(".", "/")).with_suffix(".py").is_file()
                yield module if is_module else node.module or ""


@pytest.mark.parametrize("package", PACKAGES)
def test_packages_import_only_what_they_may(package: str) -> None:
    for path in sources(package):
        for name in imports(path):
            top = name.split(".")[0]
            if top in PACKAGES:
                assert top in MAY_IMPORT[package], f"{path.relative_to(ROOT)} imports {name}"
            assert top != "tests", f"{path.relative_to(ROOT)} imports tests"


def test_bentoml_is_imported_in_the_service_alone() -> None:
    for package in PACKAGES:
        for path in sources(package):
            if path != ROOT / "serving" / "service.py":
                assert not any(name.split(".")[0] == "bentoml" for name in imports(path)), path


def test_torch_and_transformers_are_imported_in_training_alone() -> None:
    for package in PACKAGES:
        if package != "training":
            for path in sources(package):
                assert not {name.split(".")[0] for name in imports(path)} & HEAVY, path


def test_the_layers_of_mihwar_stand_on_each_other() -> None:
    for path in sources("mihwar"):
        part = path.relative_to(ROOT / "mihwar").parts[0].removesuffix(".py")
        if part == "__init__":
            continue
        for name in imports(path):
            if name.startswith("mihwar."):
                below = name.split(".")[1]
                assert LAYERS.index(below) <= LAYERS.index(part), f"{path.relative_to(ROOT)} imports {name}"


def test_there_are_no_import_circles() -> None:
    graph: dict[str, set[str]] = {}
    for package in PACKAGES:
        for path in sources(package):
            parts = path.relative_to(ROOT).with_suffix("").parts
            graph[".".join(parts).removesuffix(".__init__")] = set(imports(path))
    modules = set(graph)
    edges = {name: {target for target in targets if target in modules} for name, targets in graph.items()}
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, " -> ".join((*trail, name))
        if name not in done:
            for target in edges[name]:
                # A package's own __init__ gathers its modules; they do not import it back at module level.
                visit(target, (*trail, name))
            done.add(name)

    for name in sorted(modules):
        visit(name, ())


def test_loading_a_model_brings_no_telemetry(tiny_model: Path) -> None:
    code = (
        "import sys; from mihwar.classifier import Classifier;"
        f"Classifier.load({str(tiny_model)!r}).classify(['كلمة']);"
        "print([name for name, module in sys.modules.items() if module and 'openvino_telemetry' in name])"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    assert answer.stdout.strip() == "[]"


@pytest.mark.parametrize("module", ["mihwar.classifier", "evaluation.run", "evaluation.folder", "serving.service"])
def test_importing_brings_no_torch(module: str) -> None:
    code = f"import sys, {module}; print(sorted(set(sys.modules) & {HEAVY!r}))"
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    assert answer.stdout.strip() == "[]"
