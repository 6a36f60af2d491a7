"""Names that programs written for a certain prompt expect to find."""

# Program of Thoughts (Chen et al. 2022): SymPy's names, `solve_it`, and the answer left in `ans`
PROGRAM_OF_THOUGHTS = """
import datetime
import itertools
import math
import statistics
from fractions import Fraction

import numpy as np
import sympy
from sympy import *


def solve_it(equations, unknowns):
    found = solve(equations, unknowns, dict=True)
    if found:
        return found[0]
    return dict.fromkeys(unknowns if isinstance(unknowns, (list, tuple)) else [unknowns])
"""
ANSWER = "ans"

# What SymPy does when first asked (imports, tables, caches) costs more than most programs; forks inherit it done.
PRACTICE = """
from sympy import *
unknowns = symbols("x y"), symbols("x y", positive=True), symbols("x y", integer=True), symbols("x y", real=True)
for x, y in unknowns:
    for equation in (2*x - 3, Eq(x/3 + 2.5, 7), x**2 - 2, x**2 - 5.5*x + 6, sqrt(x) - 2, 2**x - 8, 1/x + 1/(x + 2) - 1):
        str([solution.get(x) for solution in solve(equation, x, dict=True)])
    str(solve([x + y - 3, Eq(x - 2*y, 1.5)], [x, y], dict=True))
x = Symbol("x")
for text in (simplify((x**2 - 1)/(x - 1)), expand((x + 1)**3), factor(x**2 - 4), sin(pi/3) + log(8, 2), sqrt(8).evalf(),
             diff(x**3*sin(x), x), integrate(x**2, (x, 0, 1)), Matrix([[1, 2], [3, 4]]).inv(), Rational(6, 4),
             factorint(360), gcd(12, 18), binomial(5, 2), Sum(x, (x, 1, 4)).doit(), limit(sin(x)/x, x, 0), latex(x/2)):
    str(text)
"""
