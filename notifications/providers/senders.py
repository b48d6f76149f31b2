"""All providers, each found by its folder, and the senders that the settings set up."""

from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from pkgutil import iter_modules

from config.settings import Settings
from notifications import providers
from notifications.channels.spec import Channel
from notifications.providers.provider import Provider
from notifications.providers.sender import Sender, Senders


def make_senders(settings: Settings) -> Senders:
    """For each channel the providers that the settings set up, in the order that the settings say."""
    senders = {channel: list(_set_up(channel, settings)) for channel in Channel}
    return {channel: in_order for channel, in_order in senders.items() if in_order}


def needed_for(channel: Channel) -> Sequence[str]:
    """The settings that set a channel up, by each of its providers."""
    return [provider.ways[channel].needs for provider in _by(channel, None)]


def _set_up(channel: Channel, settings: Settings) -> Iterator[Sender]:
    for provider in _by(channel, settings):
        if (sender := provider.ways[channel].make(settings)) is not None:
            yield sender


def _by(channel: Channel, settings: Settings | None) -> Sequence[Provider]:
    """The providers of a channel, in the order of the settings; without any, in the usual one."""
    setting = channel.spec.order_setting
    if setting is None:
        return [provider for provider in PROVIDERS.values() if channel in provider.ways]
    names = Settings.model_fields[setting].default if settings is None else getattr(settings, setting)
    return [PROVIDERS[name] for name in names]


def _found() -> Iterator[Provider]:
    for module in iter_modules(providers.__path__, f"{providers.__name__}."):
        if module.ispkg:
            yield import_module(module.name).PROVIDER


PROVIDERS: Mapping[str, Provider] = {provider.name: provider for provider in _found()}
