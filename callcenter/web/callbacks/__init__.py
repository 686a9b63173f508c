"""The pages of callbacks: the list, one callback, and the messages left for it."""

from callcenter.web.callbacks import callback_list, listen, one_callback, promised

# The import of `together` adds its views to the blueprint of the list.
from callcenter.web.callbacks import together as together

BLUEPRINTS = (callback_list.blueprint, promised.blueprint, one_callback.blueprint, listen.blueprint)
