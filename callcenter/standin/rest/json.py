"""Renders calls, messages, numbers and recordings as the dicts that Twilio's REST API writes as JSON."""

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from callcenter.standin.log import Webhook
from callcenter.standin.twilio.calls import API_VERSION, Call, Line, rfc2822
from callcenter.standin.twilio.messages import Message
from callcenter.standin.twilio.recordings import Recording

Json = dict[str, Any]


def base(account_sid: str) -> str:
    """The path of an account's resources."""
    return f"/{API_VERSION}/Accounts/{account_sid}"


def call_json(call: Call) -> Json:
    """A time is null until its event; `duration` is null until the end, then the seconds as text."""
    over = call.ended_at is not None
    uri = f"{base(call.account_sid)}/Calls/{call.sid}"
    started = call.answered_at or (call.initiated_at if over or call.direction == "inbound" else None)
    return {
        "sid": call.sid,
        "account_sid": call.account_sid,
        "parent_call_sid": call.parent.sid if call.parent else None,
        "to": call.to,
        "to_formatted": call.to,
        "from": call.from_,
        "from_formatted": call.from_,
        "phone_number_sid": call.line.sid if call.line else None,
        "status": "queued" if call.status == "initiated" else call.status,
        "start_time": rfc2822(started),
        "end_time": rfc2822(call.ended_at),
        "duration": str(call.duration_s(call.ended_at)) if call.ended_at else None,
        "price": None,
        "price_unit": "USD",
        "direction": call.direction,
        "answered_by": None,
        "forwarded_from": call.forwarded_from or None,
        "caller_name": call.caller_name or None,
        "queue_time": str(int(call.queue_s * 1000)),
        "trunk_sid": None,
        "group_sid": None,
        "api_version": API_VERSION,
        "date_created": rfc2822(call.created_at),
        "date_updated": rfc2822(call.ended_at or call.answered_at or call.created_at),
        "uri": uri + ".json",
        "subresource_uris": {"recordings": uri + "/Recordings.json", "events": uri + "/Events.json"},
    }


def event_json(webhook: Webhook) -> Json:
    """A request for a document, and our answer. The names of the parameters are in snake case."""
    return {
        "request": {
            "method": webhook.method,
            "url": webhook.url,
            "parameters": {re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower(): v for name, v in webhook.params.items()},
        },
        "response": {
            "date_created": rfc2822(webhook.at),
            "request_duration": round(webhook.took_s * 1000),
            "response_code": webhook.status,
            "content_type": webhook.content_type,
            "response_body": webhook.answer,
        },
    }


def message_json(message: Message, account_sid: str) -> Json:
    uri = f"{base(account_sid)}/Messages/{message.sid}"
    return {
        "sid": message.sid,
        "account_sid": account_sid,
        "messaging_service_sid": None,
        "from": message.from_,
        "to": message.to,
        "body": message.body,
        "status": message.status,
        "direction": message.direction,
        "num_segments": str(1 + len(message.body) // 153),
        "num_media": "0",
        "price": None,
        "price_unit": "USD",
        "error_code": message.error_code,
        "error_message": None,
        "api_version": API_VERSION,
        "date_created": rfc2822(message.created_at),
        "date_updated": rfc2822(message.sent_at or message.created_at),
        "date_sent": rfc2822(message.sent_at),
        "uri": uri + ".json",
        "subresource_uris": {"media": uri + "/Media.json"},
    }


def line_json(line: Line, account_sid: str) -> Json:
    return {
        "sid": line.sid,
        "account_sid": account_sid,
        "phone_number": line.number,
        "friendly_name": line.friendly_name or line.number,
        "voice_url": line.voice_url or None,
        "voice_method": line.voice_method,
        "voice_fallback_url": line.voice_fallback_url or None,
        "voice_fallback_method": line.voice_fallback_method,
        "status_callback": line.status_callback or None,
        "status_callback_method": line.status_callback_method,
        "sms_url": line.sms_url or None,
        "sms_method": line.sms_method,
        "sms_fallback_url": line.sms_fallback_url or None,
        "sms_fallback_method": line.sms_fallback_method,
        "voice_caller_id_lookup": False,
        "voice_application_sid": line.voice_application_sid or None,
        "sms_application_sid": line.sms_application_sid or None,
        "trunk_sid": line.trunk_sid or None,
        "voice_receive_mode": line.voice_receive_mode,
        "address_sid": None,
        "address_requirements": "none",
        "beta": False,
        "capabilities": {"voice": line.takes_calls, "sms": line.takes_texts, "mms": False, "fax": False},
        "origin": "twilio",
        "status": "in-use",
        "api_version": API_VERSION,
        "date_created": None,
        "date_updated": None,
        "uri": f"{base(account_sid)}/IncomingPhoneNumbers/{line.sid}.json",
    }


def recording_json(recording: Recording, *, deleted: bool = False) -> Json:
    return {
        "sid": recording.sid,
        "account_sid": recording.account_sid,
        "call_sid": recording.call_sid,
        "conference_sid": None,
        "status": "deleted" if deleted else "completed" if recording.ready else "processing",
        "duration": str(recording.duration_s),
        "channels": 1,
        "source": "RecordVerb",
        "error_code": None,
        "price": None,
        "price_unit": "USD",
        "api_version": API_VERSION,
        "start_time": rfc2822(recording.started_at),
        "date_created": rfc2822(recording.created_at),
        "date_updated": rfc2822(recording.created_at),
        "encryption_details": None,
        "media_url": recording.url,
        "uri": f"{base(recording.account_sid)}/Recordings/{recording.sid}.json",
        "subresource_uris": {},
    }


def page_json(
    name: str, shown: Sequence[Json], more: bool, path: str, query: dict[str, str], page: int, size: int
) -> Json:
    """One page of a list, with the addresses of its neighbours. more: whether a page follows this one."""

    def uri(number: int, token: bool = True) -> str:
        fields = {**query, "PageSize": str(size), "Page": str(number)}
        if token and number:
            fields["PageToken"] = f"PA{number}"
        return f"{path}?{urlencode(fields)}"

    start = page * size
    return {
        name: list(shown),
        "page": page,
        "page_size": size,
        "start": start,
        "end": start + max(0, len(shown) - 1),
        "uri": uri(page),
        "first_page_uri": uri(0, token=False),
        "next_page_uri": uri(page + 1) if more else None,
        "previous_page_uri": uri(page - 1) if page else None,
    }
