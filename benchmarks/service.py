"""Start-up, memory and speed of the service, in its own environment: `python -m benchmarks.service`.

Prints one table. Speeds depend on the machine and on what else it does; compare them within one run only.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
import urllib.request
from typing import Any

from benchmarks.processes import ROOT, process_tree, pss_mib, serve

COMMAND = [str(ROOT / ".venv-serve" / "bin" / "mihwar"), "serve", "--port", "{port}"]
TEXTS = ROOT / "corpus" / "security.jsonl"


def main() -> None:
    """Measure and print."""
    with TEXTS.open(encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line in lines][:400]
    rows = []
    with serve(COMMAND, timeout_s=60) as served:
        url = f"{served.address}/v1/classify"
        rows.append(("start to /readyz, s", f"{served.ready_s:.1f}"))
        rows.append(("memory when ready, all processes, MiB PSS", f"{pss_mib(process_tree(served.process)):.0f}"))
        for start in range(0, len(texts), 100):
            _post(url, texts[start : start + 100])
        _post(url, [" ".join(texts[:8])])  # one long paragraph: all windows full
        rows.append(("memory after 400 paragraphs, MiB PSS", f"{pss_mib(process_tree(served.process)):.0f}"))
        alone = [_post(url, [text]) for text in texts[:100]]
        rows.append(("one paragraph a request, median ms", f"{statistics.median(alone) * 1000:.0f}"))
        many = sum(_post(url, texts[start : start + 100]) for start in range(0, len(texts), 100))
        rows.append(("100 paragraphs a request, paragraphs/s", f"{len(texts) / many:.0f}"))
        sys.stdout.writelines(f"{name:<45} {value:>8}\n" for name, value in rows)


def _post(url: str, texts: list[str]) -> float:
    """Send a request; return the seconds until its answer."""
    body: dict[str, Any] = {"inputs": texts}
    request = urllib.request.Request(url, data=json.dumps(body).encode(), headers={"Content-Type": "application/json"})
    started = time.perf_counter()
    with urllib.request.urlopen(request, timeout=120) as answer:
        json.load(answer)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
