"""Bounds the body of a request where the front does not: in the demo, and wherever else the app runs by itself."""

from flask import Request

from callcenter.front.limits import body_bound


class BoundedRequest(Request):
    """Flask's request, whose body may be as large as its path allows. Reading a larger one raises
    RequestEntityTooLarge."""

    @property
    def max_content_length(self) -> int | None:
        """The most bytes of the body."""
        return body_bound(self.method, self.path)

    @max_content_length.setter
    def max_content_length(self, value: int | None) -> None:
        raise AttributeError("bounds are in callcenter/front/limits.py")
