"""CSV, Parquet and Hub data sets."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mihwar.errors import CorpusError
from mihwar.themes import Theme, Themes
from training.corpus import load_corpus

THEME_IDS = ("terrorist_attack", "extremism", "cybersecurity")
THEMES = Themes("test", tuple(Theme(each, each, each, each) for each in THEME_IDS))
ROOT = Path(__file__).parents[2]

RECORDS: list[dict[str, Any]] = [
    {"id": "1", "text": "هجوم، ودعاية", "labels": ["terrorist_attack", "extremism"], "article_id": "a"},
    {"id": "2", "text": "لا شيء", "labels": [], "unknown": ["cybersecurity"], "meta": {"style": "عنوان"}},
    {"id": "3", "text": "لم يقرأ أحد\nهذه الفقرة", "labels": None},
]
LONG = """id,text,labels,unknown,article_id,meta.style
1,هجوم، ودعاية,terrorist_attack | extremism,,a,
2,لا شيء,,cybersecurity,,عنوان

3,"لم يقرأ أحد
هذه الفقرة",?,,,
,,,,,
"""
WIDE = """id;text;terrorist_attack;extremism;cybersecurity;article_id;meta.style
1;هجوم، ودعاية;1;Yes;0;a;
2;لا شيء;0;FALSE;;;عنوان
3;"لم يقرأ أحد
هذه الفقرة";;;;;
"""


@pytest.fixture
def expected_sha256(tmp_path: Path) -> str:
    path = tmp_path / "expected.jsonl"
    path.write_text("".join(json.dumps(each) + "\n" for each in RECORDS), encoding="utf-8")
    return load_corpus([path], THEMES).sha256


def problems_of(path: Path) -> list[str]:
    with pytest.raises(CorpusError) as caught:
        load_corpus([path], THEMES)
    return [str(problem).replace(str(path), "FILE") for problem in caught.value.problems]


# --- CSV ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("content", [LONG, WIDE, WIDE.replace(";", "\t")])
def test_csv_equals_the_same_records_as_json(
    tmp_path: Path, expected_sha256: str, content: str, newline: str, encoding: str
) -> None:
    path = tmp_path / "corpus.csv"
    path.write_bytes(content.replace("\n", newline).encode(encoding))
    corpus = load_corpus([path], THEMES)
    if newline == "\n":
        assert corpus.sha256 == expected_sha256
    assert [each.labels for each in corpus.paragraphs] == [("terrorist_attack", "extremism"), (), ()]
    assert [each.unknown for each in corpus.paragraphs] == [(), ("cybersecurity",), THEME_IDS]


def test_theme_without_a_column_is_not_judged(tmp_path: Path) -> None:
    path = tmp_path / "corpus.csv"
    path.write_text("id,text,extremism\n1,نص,1\n", encoding="utf-8")
    (paragraph,) = load_corpus([path], THEMES).paragraphs
    assert paragraph.labels == ("extremism",)
    assert paragraph.unknown == ("terrorist_attack", "cybersecurity")


def test_csv_without_labels_is_not_judged(tmp_path: Path) -> None:
    path = tmp_path / "corpus.csv"
    path.write_text("id,text\n1,نص\n", encoding="utf-8")
    assert load_corpus([path], THEMES).paragraphs[0].unknown == THEME_IDS


def test_csv_cells_are_texts_whatever_they_look_like(tmp_path: Path) -> None:
    path = tmp_path / "corpus.csv"
    path.write_text("id,text,labels\n007,NA,\n1e5,null,\n", encoding="utf-8")
    assert [(each.id, each.text) for each in load_corpus([path], THEMES).paragraphs] == [
        ("007", "NA"),
        ("1e5", "null"),
    ]


@pytest.mark.parametrize(
    ("content", "problems"),
    [
        ("id,labels\n1,\n", ["FILE:1  text: column is missing"]),
        (
            "id,text,lables\n1,ن,\n",
            ["FILE:1  lables: unknown column (did you mean 'labels'?); name it 'meta.lables' to keep it"],
        ),
        ("id,text,id\n1,ن,2\n", ["FILE:1  id: column is there twice"]),
        (
            "id,text,labels,extremism\n1,ن,,1\n",
            ["FILE:1  labels: column beside columns of themes (extremism): keep one of the two forms"],
        ),
        (
            'id,text,labels\n1,"سطر\nآخر",\n2,ن، م, o,\n3,ي\n',
            [
                "FILE:4  4 cells where the header has 3; put cells that hold ',' into double quotes",
                "FILE:5  2 cells where the header has 3; put cells that hold ',' into double quotes",
            ],
        ),
        (
            "id,text,extremism\n1,ن,maybe\n,م,1\n",
            ["FILE:2  extremism: must be 1, 0 or empty (not judged), not 'maybe'", "FILE:3  id: empty"],
        ),
        (
            "id,text,extremism,unknown\n1,ن,1,extremism\n",
            ["FILE:2  unknown: theme 'extremism' is in labels as well; it is either given or not judged"],
        ),
        ('id,text\n1,ن\n2,"م\n3,ي\n', ["FILE:3  not CSV from this row on: unexpected end of data"]),
        (
            "id,text,labels\n1,ن,extremsm\n",
            ["FILE:2  labels[0]: unknown theme 'extremsm' (did you mean 'extremism'?)"],
        ),
        ("id,text\n1,ن\n1,م\n", ["FILE:3  id: '1' is already the id at FILE:2"]),
        ("", ["FILE  there is no paragraph in it"]),
        ("id,text,labels\n", ["FILE  there is no paragraph in it"]),
    ],
)
def test_broken_csv(tmp_path: Path, content: str, problems: list[str]) -> None:
    path = tmp_path / "corpus.csv"
    path.write_text(content, encoding="utf-8")
    assert problems_of(path) == problems


def test_csv_in_windows_1256_names_its_lines(tmp_path: Path) -> None:
    path = tmp_path / "corpus.csv"
    path.write_bytes("id,text\n1,نص\n2,نص آخر\n".encode("cp1256"))
    first, second = problems_of(path)
    assert first.startswith("FILE:2  not UTF-8 (byte 0xE4)")
    assert second.startswith("FILE:3  not UTF-8")


# --- Parquet --------------------------------------------------------------------------------------


def write_parquet(path: Path, rows: list[dict[str, Any]]) -> Path:
    pq.write_table(pa.Table.from_pylist(rows), path)
    return path


def test_parquet_equals_the_same_records_as_json(tmp_path: Path, expected_sha256: str) -> None:
    keys = sorted(set().union(*RECORDS))
    rows = [{key: each.get(key) for key in keys} for each in RECORDS]
    path = write_parquet(tmp_path / "a, b [x]*.parquet", rows)
    assert load_corpus([path], THEMES).sha256 == expected_sha256


@pytest.mark.parametrize("states", [[True, False, None], [1, 0, None], [1.0, 0.0, float("nan")]])
def test_wide_parquet(tmp_path: Path, states: list[Any]) -> None:
    rows = [{"id": str(index), "text": f"نص {index}", "extremism": state} for index, state in enumerate(states)]
    corpus = load_corpus([write_parquet(tmp_path / "corpus.parquet", rows)], THEMES)
    assert [each.labels for each in corpus.paragraphs] == [("extremism",), (), ()]
    assert ["extremism" in each.unknown for each in corpus.paragraphs] == [False, False, True]


def test_broken_parquet(tmp_path: Path) -> None:
    path = tmp_path / "corpus.parquet"
    path.write_bytes(b"no")
    (problem,) = problems_of(path)
    assert problem.startswith("FILE  cannot be read as Parquet: Parquet file size is 2 bytes")
    write_parquet(path, [{"id": 1, "text": "ن", "labels": ["x"]}, {"id": 2, "text": "ن", "labels": []}])
    assert problems_of(path) == [
        "FILE  row 1, id: must be a string, not a number",
        "FILE  row 1, labels[0]: unknown theme 'x'",
        "FILE  row 2, id: must be a string, not a number",
        "FILE  row 2, text: the same text, but for spelling, is at FILE, row 1; keep one of them",
    ]
    write_parquet(path, [{"id": "1", "body": "ن"}])
    assert problems_of(path)[0] == "FILE  text: column is missing"


def test_reading_parquet_leaves_the_settings_of_datasets_alone(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    import datasets

    verbosity = datasets.logging.get_verbosity()
    request.addfinalizer(lambda: datasets.logging.set_verbosity(verbosity))
    datasets.logging.set_verbosity_info()
    before = datasets.logging.get_verbosity(), datasets.is_progress_bar_enabled()
    load_corpus([write_parquet(tmp_path / "corpus.parquet", [{"id": "1", "text": "ن"}])], THEMES)
    assert (datasets.logging.get_verbosity(), datasets.is_progress_bar_enabled()) == before


# --- Hub ------------------------------------------------------------------------------------------

LOAD = """
import json, sys
from mihwar.errors import CorpusError
from mihwar.themes import Theme, Themes
from training.corpus import load_corpus
themes = Themes("test", tuple(Theme(each, each, each, each) for each in {themes!r}))
try:
    print(load_corpus([sys.argv[1]], themes, hub_split=sys.argv[2]).sha256)
except CorpusError as error:
    print(error)
"""


@pytest.fixture
def hub() -> Iterator[str]:
    """A hub on loopback with one data set, `owner/name`."""
    commit = "0" * 40
    content = "".join(json.dumps(each) + "\n" for each in RECORDS).encode()
    listing = [{"type": "file", "path": "train.jsonl", "size": len(content), "oid": "1" * 40}]

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *arguments: object) -> None:
            """Say nothing."""

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            api = "/api/datasets/owner/name"
            if path in (api, f"{api}/revision/{commit}"):
                self.answer(json.dumps({"id": "owner/name", "sha": commit, "siblings": []}).encode())
            elif path == f"{api}/tree/{commit}":
                self.answer(json.dumps(listing).encode())
            elif path == f"/datasets/owner/name/resolve/{commit}/train.jsonl":
                self.answer(content)
            else:
                self.answer(b"{}", 404)

        do_HEAD = do_GET  # noqa: N815  (the name that http.server calls)

        def answer(self, body: bytes, status: int = 200) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("X-Repo-Commit", commit)
            self.send_header("ETag", '"1"')
            if status == 404:
                self.send_header("X-Error-Code", "EntryNotFound" if "owner/name" in self.path else "RepoNotFound")
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_hub_data_set(hub: str, tmp_path: Path, expected_sha256: str) -> None:
    # The Hub's address is read once, when `datasets` is imported: hence processes of their own.
    environment = {
        **os.environ,
        "HF_ENDPOINT": hub,
        "HF_HOME": str(tmp_path / "home"),
        "PYTHONPATH": str(ROOT),
    }
    environment.pop("HF_HUB_OFFLINE", None)

    def run(name: str, split: str) -> str:
        code = LOAD.format(themes=THEME_IDS)
        command = [sys.executable, "-W", "error", "-c", code, name, split]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=True)
        assert done.stderr == ""
        return done.stdout.strip()

    assert run("hub:owner/name", "train") == expected_sha256
    assert run("hub:owner/name", "dev").startswith(
        "hub:owner/name  split 'dev' cannot be read: Unknown split \"dev\". Should be one of ['train']."
    )
    assert "hub:owner/missing  split 'train' cannot be read" in run("hub:owner/missing", "train")
