"""How figures come about: the formula, the numbers in it, the query to paste."""
