"""Random programs: nested branches, loops and jumps over a few variables.

Every program ends (loops count down), defines its variables at the beginning, and returns numbers,
so that in plain Python it runs without an error. Some conditions depend on the argument `n`, which
is a symbol when staged, others on `k`, a Python number.

Read next: staged.py, test_random_programs.py.
"""

import random

VARIABLES = ["a", "b", "c", "o.x", "d['k']"]


class Program:
    """The source text of one random function `f(n, k, o, d, items, scope)`."""

    def __init__(self, seed):
        self._random = random.Random(seed)
        self._loops = 0
        lines = ["def f(n, k, o, d, items, scope):", "    a = n", "    b = n + 1", "    c = 2"]
        lines += self._block(1, 3, False)
        lines.append(f"    return {self._value()} + a + b + c + o.x + d['k']")
        self.text = "\n".join(lines) + "\n"

    def _block(self, indent, depth, in_loop):
        lines = []
        for _ in range(self._random.randint(1, 3)):
            lines += self._statement(indent, depth, in_loop)
        return lines

    def _statement(self, indent, depth, in_loop):
        space = "    " * indent
        kinds = ["assign", "assign", "local"]
        if depth:
            kinds += ["if", "if", "elif", "while", "for", "with", "try"]
        if depth < 3:
            kinds += ["return"] + ["break", "continue"] * in_loop
        kind = self._random.choice(kinds)
        if kind == "assign":
            target = self._random.choice(VARIABLES)
            return [f"{space}{target} {self._random.choice(['=', '+=', '-='])} {self._value()}"]
        if kind == "local":
            return [
                f"{space}t = {self._value()}",
                f"{space}{self._random.choice(VARIABLES)} = t + 1",
            ]
        if kind in ("break", "continue"):
            return [f"{space}{kind}"]
        if kind == "return":
            return [f"{space}return {self._value()}"]
        return getattr(self, f"_{kind}")(indent, depth - 1, in_loop)

    def _if(self, indent, depth, in_loop):
        space = "    " * indent
        lines = [f"{space}if {self._condition()}:", *self._block(indent + 1, depth, in_loop)]
        if self._random.random() < 0.5:
            lines += [f"{space}else:", *self._block(indent + 1, depth, in_loop)]
        return lines

    def _elif(self, indent, depth, in_loop):
        space = "    " * indent
        return [
            *self._if(indent, depth, in_loop)[:1],
            *self._block(indent + 1, depth, in_loop),
            f"{space}elif {self._condition()}:",
            *self._block(indent + 1, depth, in_loop),
        ]

    def _while(self, indent, depth, in_loop):
        space = "    " * indent
        self._loops += 1
        left = f"left{self._loops}"
        first = self._random.choice(["2", "3", "n - n + 2"])
        return [
            f"{space}{left} = {first}",
            f"{space}while {left} > 0{self._random.choice(['', f' and ({self._condition()})'])}:",
            f"{space}    {left} -= 1",
            *self._block(indent + 1, depth, True),
            *self._otherwise(indent, depth, in_loop),
        ]

    def _for(self, indent, depth, in_loop):
        space = "    " * indent
        self._loops += 1
        over = self._random.choice(["items", "items", "range(3)", "[n, 1]"])
        return [
            f"{space}for i{self._loops} in {over}:",
            f"{space}    {self._random.choice(VARIABLES)} += i{self._loops}",
            *self._block(indent + 1, depth, True),
            *self._otherwise(indent, depth, in_loop),
        ]

    def _otherwise(self, indent, depth, in_loop):
        if self._random.random() < 0.8:
            return []
        return ["    " * indent + "else:", *self._block(indent + 1, depth, in_loop)]

    def _with(self, indent, depth, in_loop):
        return ["    " * indent + "with scope():", *self._block(indent + 1, depth, in_loop)]

    def _try(self, indent, depth, in_loop):
        space = "    " * indent
        lines = [f"{space}try:", *self._block(indent + 1, depth, in_loop)]
        return [*lines, f"{space}finally:", f"{space}    c = {self._value()}"]

    def _value(self):
        pick = self._random.choice
        value = pick([*VARIABLES, "n", "k", "1", "2", f"{pick(VARIABLES)} + {pick(VARIABLES)}"])
        if self._random.random() < 0.15:
            return f"({value} if {self._condition()} else {pick(VARIABLES)})"
        return value

    def _condition(self):
        pick = self._random.choice
        simple = (
            f"{pick([*VARIABLES, 'n'])} {pick(['>', '<', '==', '!='])} {pick(['1', '3', 'n', 'a'])}"
        )
        return pick(
            [
                simple,
                simple,
                "k > 1",
                f"not {simple}",
                f"{simple} and {pick(VARIABLES)} < 4",
                f"{simple} or k == 0",
                f"0 <= {pick(VARIABLES)} < 5",
            ]
        )
