"""The pages of callbacks: the list, one callback, and the messages left for it."""

from callcenter.web.callbacks import callback_list, listen, one_callback, promised

BLUEPRINTS = (callback_list.blueprint, promised.blueprint, one_callback.blueprint, listen.blueprint)
