"""``dataclass`` with slots, whose methods are made when the first value is, and not while its module is imported.

The standard library's decorator writes and compiles up to eight methods for each class: about a millisecond for a
frozen one with slots. A run has a hundred such classes, and would pay for all of them before it looks at the first
file. Here the methods are common to all classes but for ``__init__``, which is compiled for those of many values.

What is made behaves as the standard library's (a test holds the two to each other), and ``dataclasses.fields``,
``replace`` and ``asdict`` take it. Not offered: classes without slots, inherited fields, and the rarer options.
"""

from collections.abc import Callable
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeVar

__all__ = ["dataclass", "field", "replace"]

if TYPE_CHECKING:  # to a type checker they are the standard library's own
    from dataclasses import dataclass, field, replace
else:
    _FEW = 40  # values of a class that take less time altogether than compiling its ``__init__``

    _Class = TypeVar("_Class", bound=type)
    _Value = TypeVar("_Value")

    class _Missing:
        """Stands where no default is."""

    class _Field:
        """A field's options, as ``dataclasses.field`` has them."""

        __slots__ = ("compare", "default", "default_factory", "init", "repr")

        def __init__(self, default: Any, default_factory: Any, *, init: bool, repr: bool, compare: bool) -> None:  # noqa: A002 - the standard library's names
            self.default = default
            self.default_factory = default_factory
            self.init = init
            self.repr = repr
            self.compare = compare

    class _Fields:
        """The standard library's own description of the fields, made when somebody asks for it."""

        __slots__ = ("_fields", "_made")

        def __init__(self, fields: dict[str, tuple[Any, _Field]]) -> None:
            self._fields = fields
            self._made: Any = None

        def __get__(self, instance: object, owner: type) -> Any:
            if self._made is None:
                import dataclasses  # noqa: PLC0415 - it is what is to be spared

                specs = []
                for name, (kind, one) in self._fields.items():
                    options = {"init": one.init, "repr": one.repr, "compare": one.compare}
                    for option in ("default", "default_factory"):
                        if getattr(one, option) is not _Missing:
                            options[option] = getattr(one, option)
                    specs.append((name, kind, dataclasses.field(**options)))
                told = {"__doc__": owner.__name__}  # else a signature is worked out for it, which takes longest
                made = dataclasses.make_dataclass(
                    owner.__name__, specs, namespace=told, init=False, repr=False, eq=False
                )
                self._made = made.__dataclass_fields__
            return self._made

    def field(
        *,
        default: Any = _Missing,
        default_factory: Any = _Missing,
        init: bool = True,
        repr: bool = True,  # noqa: A002 - the standard library's name
        compare: bool = True,
    ) -> Any:
        """As ``dataclasses.field``."""
        return _Field(default, default_factory, init=init, repr=repr, compare=compare)

    def dataclass(
        *, slots: bool, frozen: bool = False, order: bool = False, eq: bool = True
    ) -> Callable[[_Class], _Class]:
        """As ``dataclasses.dataclass``, for classes with slots.

        Raises:
            TypeError: the class has no slots, or inherits.
        """

        def decorate(cls: type) -> type:
            if not slots or cls.__bases__ != (object,):
                raise TypeError(f"{cls.__name__}: only a class with slots and without ancestors")
            return _made(cls, frozen=frozen, order=order, eq=eq)

        return decorate

    def replace(value: _Value, /, **changes: Any) -> _Value:
        """As ``dataclasses.replace``, for values all of whose fields are given to ``__init__``."""
        cls = type(value)
        return cls(**{name: getattr(value, name) for name in cls.__match_args__} | changes)

    def _made(cls: type, *, frozen: bool, order: bool, eq: bool) -> type:
        """The class with slots and methods."""
        fields: dict[str, tuple[Any, _Field]] = {}
        body = dict(cls.__dict__)
        for name, kind in cls.__annotations__.items():
            given = body.pop(name, _Missing)
            if not isinstance(given, _Field):
                given = _Field(given, _Missing, init=True, repr=True, compare=True)
            fields[name] = (kind, given)
        for name in ("__dict__", "__weakref__"):
            body.pop(name, None)
        names = tuple(fields)
        shown = tuple(name for name in names if fields[name][1].repr)
        of = _getter(tuple(name for name in names if fields[name][1].compare))
        body.update(
            __qualname__=cls.__qualname__,
            __slots__=names,
            __match_args__=tuple(name for name in names if fields[name][1].init),
            __dataclass_fields__=_Fields(fields),
        )
        plain = all(one.init for _, one in fields.values()) and "__post_init__" not in body
        methods: dict[str, Any] = {"__repr__": _repr_of(shown), "__reduce__": _reduce_of(names, plain=plain)}
        if eq:
            methods["__eq__"] = _eq_of(of)
            methods["__hash__"] = (lambda self: hash(of(self))) if frozen else None
        if order:
            methods.update(_order_of(of))
        if frozen:
            methods.update(__setattr__=_refuse, __delattr__=_refuse)
        made: type = type(cls)(cls.__name__, cls.__bases__, {**methods, **body})

        left = iter(range(_FEW))
        fill = _filler_of(made, fields)

        def first(self: Any, *values: Any, **named: Any) -> None:
            if next(left, None) is not None and fill(self, values, named):
                return
            initialiser = _initialiser(made, fields, frozen=frozen)
            made.__init__ = initialiser
            initialiser(self, *values, **named)

        made.__init__ = first
        return made

    def _filler_of(
        cls: type, fields: dict[str, tuple[Any, _Field]]
    ) -> Callable[[Any, tuple[Any, ...], dict[str, Any]], bool]:
        """``__init__`` without compiling; False where the arguments don't fit, which the compiled one says better."""
        parameters = tuple(name for name, (_, one) in fields.items() if one.init)
        steps = tuple((name, cls.__dict__[name].__set__, one) for name, (_, one) in fields.items())
        finish = cls.__dict__.get("__post_init__")

        def fill(self: Any, values: tuple[Any, ...], named: dict[str, Any]) -> bool:
            given = dict(zip(parameters, values, strict=False))
            given.update(named)
            if len(given) != len(values) + len(named):  # too many, or one twice
                return False
            for name, put, one in steps:
                if one.init and name in given:
                    put(self, given.pop(name))
                elif one.default_factory is not _Missing:
                    put(self, one.default_factory())
                elif one.default is not _Missing:
                    put(self, one.default)
                elif one.init:
                    return False
            if given:
                return False
            if finish is not None:
                finish(self)
            return True

        return fill

    def _getter(names: tuple[str, ...]) -> Callable[[Any], tuple[Any, ...]]:
        if len(names) > 1:
            return attrgetter(*names)
        return lambda self: tuple(getattr(self, name) for name in names)

    def _eq_of(of: Callable[[Any], tuple[Any, ...]]) -> Callable[[Any, Any], Any]:
        def eq(self: Any, other: Any) -> Any:
            return of(self) == of(other) if other.__class__ is self.__class__ else NotImplemented

        return eq

    def _order_of(of: Callable[[Any], tuple[Any, ...]]) -> dict[str, Callable[[Any, Any], Any]]:
        def order_by(compare: str) -> Callable[[Any, Any], Any]:
            def method(self: Any, other: Any) -> Any:
                if other.__class__ is self.__class__:
                    return getattr(of(self), compare)(of(other))
                return NotImplemented

            return method

        return {name: order_by(name) for name in ("__lt__", "__le__", "__gt__", "__ge__")}

    def _repr_of(shown: tuple[str, ...]) -> Callable[[Any], str]:
        def text(self: Any) -> str:
            values = ", ".join(f"{name}={getattr(self, name)!r}" for name in shown)
            return f"{type(self).__qualname__}({values})"

        return text

    def _reduce_of(names: tuple[str, ...], *, plain: bool) -> Callable[[Any], Any]:
        """For pickles and copies. plain: ``__init__`` makes the same value from the fields alone."""
        of = _getter(names)

        def call(self: Any) -> Any:
            return type(self), of(self)

        def restore(self: Any) -> Any:
            return _restored, (type(self), names, of(self))

        return call if plain else restore

    def _restored(cls: type, names: tuple[str, ...], values: tuple[Any, ...]) -> Any:
        made = object.__new__(cls)
        for name, value in zip(names, values, strict=True):
            object.__setattr__(made, name, value)
        return made

    def _refuse(self: Any, name: str, *_: object) -> None:
        from dataclasses import FrozenInstanceError  # noqa: PLC0415 - it is what is to be spared

        raise FrozenInstanceError(f"cannot change field {name!r}")

    def _initialiser(cls: type, fields: dict[str, tuple[Any, _Field]], *, frozen: bool) -> Callable[..., None]:
        """``__init__``, compiled: most classes' values are made by the thousand."""
        known: dict[str, Any] = {"_missing": _Missing}
        parameters = []
        lines = []
        for name, (_, one) in fields.items():
            known[f"_set_{name}"] = cls.__dict__[name].__set__
            value = name
            if one.default_factory is not _Missing:
                known[f"_make_{name}"] = one.default_factory
                value = f"_make_{name}() if {name} is _missing else {name}" if one.init else f"_make_{name}()"
                default = "=_missing"
            elif one.default is not _Missing:
                known[f"_default_{name}"] = one.default
                default = f"=_default_{name}"
            else:
                default = ""
            if one.init:
                parameters.append(f"{name}{default}")
            elif not default:
                continue  # __post_init__ sets it
            lines.append(f" _set_{name}(self, {value})" if frozen else f" self.{name} = {value}")
        if hasattr(cls, "__post_init__"):
            lines.append(" self.__post_init__()")
        text = f"def __init__(self, {', '.join(parameters)}):\n" + "\n".join(lines or [" pass"])
        exec(compile(text, f"<{cls.__qualname__}>", "exec"), known)  # noqa: S102 - as the standard library does
        initialiser: Callable[..., None] = known["__init__"]
        initialiser.__qualname__ = f"{cls.__qualname__}.__init__"
        return initialiser
