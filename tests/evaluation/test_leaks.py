"""Paragraphs that a model is judged on and has learnt from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evaluation.leaks import TRAINED_ON, find_leaks, read_trained_on, trained_on_bytes
from mihwar.errors import ArtefactAlteredError
from mihwar.paragraph import LabelledParagraph

LONG = "أعلنت السلطات في المدينة عن تفكيك شبكة واسعة تنشط في تهريب السلع عبر الحدود البرية بين البلدين"


def paragraph(name: str, text: str) -> LabelledParagraph:
    return LabelledParagraph(name, text)


def hashes(tmp_path: Path, *texts: str) -> np.ndarray:
    (tmp_path / TRAINED_ON).write_bytes(trained_on_bytes(texts))
    found = read_trained_on(tmp_path)
    assert found is not None
    return found


def test_a_text_is_found_by_its_hash_however_it_is_spelt(tmp_path: Path) -> None:
    known = hashes(tmp_path, LONG, "نص آخر")
    leaks = find_leaks([paragraph("t1", LONG.replace("أ", "ا") + " ."), paragraph("t2", "جديد تماما")], known)
    assert [(leak.paragraph_id, leak.trained_id, leak.similarity) for leak in leaks] == [("t1", None, 1.0)]


def test_copies_and_near_copies_are_named_with_their_original() -> None:
    near = LONG.replace("واسعة", "كبيرة")
    training = [paragraph("r1", LONG), paragraph("r2", "نص قصير عن الطقس في الشمال")]
    leaks = find_leaks([paragraph("t1", LONG), paragraph("t2", near), paragraph("t3", "غيره")], None, training)
    assert [(leak.paragraph_id, leak.trained_id) for leak in leaks] == [("t1", "r1"), ("t2", "r1")]
    assert leaks[0].similarity == 1.0
    assert 0.8 <= leaks[1].similarity < 1


def test_nothing_known_nothing_found(tmp_path: Path) -> None:
    assert find_leaks([paragraph("t", LONG)], None) == ()
    assert read_trained_on(tmp_path) is None


@pytest.mark.parametrize("content", [b"", b"nonsense", b"\x93NUMPY"])
def test_a_damaged_file_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / TRAINED_ON).write_bytes(content)
    with pytest.raises(ArtefactAlteredError, match="cannot be read"):
        read_trained_on(tmp_path)


def test_another_array_is_refused(tmp_path: Path) -> None:
    np.save(tmp_path / TRAINED_ON, np.zeros(3))
    with pytest.raises(ArtefactAlteredError, match="something else"):
        read_trained_on(tmp_path)
