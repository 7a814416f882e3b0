from typing import Annotated, Any, Literal

import pytest
from pydantic import Field

from clv_operator.api.base import Model
from clv_operator.api.schema import SchemaError, of_model
from clv_operator.api.text import Whole, free


class Silent(Model):
    name: Annotated[str, free(5)]


class WithoutExample(Model):
    name: Annotated[str, free(5)]
    """The name."""


class WithoutUnit(Model):
    size: Annotated[int, Whole(0, 5)]
    """How large. Example: 3."""


class Inner(Model):
    name: Annotated[str, free(5)]
    """The name. Example: x."""


class SilentNested(Model):
    inner: Inner | None = None


class Union(Model):
    value: Annotated[str, free(5)] | Annotated[int, Whole(0, 5)]
    """Either. Example: x."""


class Exclusive(Model):
    size: Annotated[int, Field(gt=0)]
    """How large. Unit: things. Example: 3."""


class Examples(Model):
    name: Annotated[str, free(5), Field(examples=["x"])]
    """The name. Example: x."""


class Unbounded(Model):
    name: str
    """The name. Example: x."""


class UnboundedList(Model):
    names: tuple[Annotated[str, free(5)], ...]
    """The names. Example: [x]."""


class UnboundedMap(Model):
    names: dict[str, Annotated[str, free(5)]]
    """The names. Example: {x: y}."""


class Anything(Model):
    value: Annotated[dict[str, Any], Field(max_length=3)]
    """Whatever. Example: {x: y}."""


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (Silent, r'Silent\.name: a field needs a docstring that ends with "Example'),
        (WithoutExample, r'WithoutExample\.name: a field needs a docstring that ends with "Example'),
        (WithoutUnit, r'WithoutUnit\.size: a quantity needs its "Unit'),
        (SilentNested, r"SilentNested\.inner: a field needs a docstring"),
        (Union, r"Union\.value: the API server refuses or drops anyOf"),
        (Exclusive, r"Exclusive\.size: the API server refuses or drops exclusiveMinimum"),
        (Examples, r"Examples\.name: the API server refuses or drops examples"),
        (Unbounded, r"Unbounded\.name: a string without maxLength"),
        (UnboundedList, r"UnboundedList\.names: a list without maxItems"),
        (UnboundedMap, r"UnboundedMap\.names: a map needs maxProperties"),
        (Anything, r"Anything\.value: a map of anything has no structure"),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_the_place_and_the_reason_are_named(model: type[Model], message: str) -> None:
    with pytest.raises(SchemaError, match=message):
        of_model(model)


class Choice(Model):
    one: Literal["Only"] = "Only"
    """A choice of one. Example: Only."""
    inner: Inner | None = None
    """A nested one. Example: {name: x}."""


def test_a_choice_of_one_is_an_enum_and_not_a_constant() -> None:
    # A `const` would be dropped without a word, and anything would pass.
    assert of_model(Choice)["properties"]["one"]["enum"] == ["Only"]


def test_an_optional_field_is_one_that_may_be_left_out() -> None:
    schema = of_model(Choice)
    assert "required" not in schema
    assert schema["properties"]["inner"]["type"] == "object"
    assert "default" not in schema["properties"]["inner"]
    assert schema["properties"]["inner"]["description"].startswith("A nested one.")
