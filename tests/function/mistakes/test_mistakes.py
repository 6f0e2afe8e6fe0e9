"""Fifty mistakes that users make: the error blames the line that has the mistake.

The one idea: how good error messages are is counted. Two of fifty may blame another line.

Read next: blame.py.
"""

from tests.function.mistakes.blame import MARK, blame, mistakes

ALLOWED = 2


def test_there_are_fifty():
    titles = [mistake.title for mistake in mistakes()]
    assert len(titles) == len(set(titles)) == 50
    assert all(mistake.source.count(MARK) == 1 for mistake in mistakes())


def test_errors_blame_the_right_line(tmp_path):
    misses = []
    for number, mistake in enumerate(mistakes()):
        folder = tmp_path / str(number)  # a file of its own: sources are remembered by file
        folder.mkdir()
        found = blame(mistake, "headrace", folder)
        if found.line != mistake.line:
            first = f"line {found.line} and not {mistake.line}"
            misses.append(f"{mistake.title}: {first}\n    {found.message[:400]}")
    assert len(misses) <= ALLOWED, f"{len(misses)} misses\n" + "\n".join(misses)
