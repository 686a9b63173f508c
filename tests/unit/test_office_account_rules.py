"""Who an ID token describes, and who gets in with an office account."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.access.office_account.entry import Entry, Login, Refusal, decide, role_of
from callcenter.access.office_account.identity import Account, account_of

TENANT = "11111111-2222-3333-4444-555555555555"
ENTRA = f"https://login.microsoftonline.com/{TENANT}/v2.0"
OTHER = "https://accounts.example.nl"
MEMBER = {"tid": TENANT, "oid": "object", "sub": "pairwise", "preferred_username": "Ann@Office.example"}


def _account(issuer: str = ENTRA, **claims: Any) -> Account:
    found = account_of(claims, issuer)
    assert found is not None
    return found


def test_entras_object_id_is_the_subject_and_elsewhere_sub_is() -> None:
    assert _account(**MEMBER).subject == "object"
    assert _account(OTHER, **MEMBER).subject == "pairwise"
    assert _account(**{**MEMBER, "tid": TENANT.upper()}).subject == "object"


@pytest.mark.parametrize(
    "claims", [{}, {"sub": ""}, {"sub": " "}, {"sub": 7}, {"sub": "x" * 256}, {"sub": "a\0b"}], ids=str
)
def test_without_a_usable_subject_there_is_nobody(claims: dict[str, Any]) -> None:
    assert account_of(claims, OTHER) is None


@pytest.mark.parametrize(
    ("claims", "address"),
    [
        (MEMBER, "ann@office.example"),
        ({**MEMBER, "idp": ENTRA}, "ann@office.example"),
        ({**MEMBER, "acct": 0}, "ann@office.example"),
        ({**MEMBER, "acct": 1}, None),
        ({**MEMBER, "idp": "live.com"}, None),
        ({**MEMBER, "preferred_username": "ann_home#EXT#@office.example"}, None),
        ({**MEMBER, "preferred_username": "0612345678"}, None),
        ({**MEMBER, "preferred_username": None, "email": "ann@office.example"}, None),
        ({**MEMBER, "email": "boss@office.example"}, "ann@office.example"),
        ({**MEMBER, "email": "boss@office.example", "xms_edov": True}, "boss@office.example"),
        ({**MEMBER, "email": "boss@office.example", "xms_edov": False}, "ann@office.example"),
        ({"sub": "s", "email": "Ann@Office.example", "email_verified": True}, "ann@office.example"),
        ({"sub": "s", "email": "ann@office.example", "email_verified": "false"}, None),
        ({"sub": "s", "email": "ann@office.example"}, None),
        ({"sub": "s", "email": ["ann@office.example"], "email_verified": True}, None),
        ({"sub": "s", "email": "ann@office", "email_verified": True}, None),
        ({"sub": "s", "email": "ann@x@office.example", "email_verified": True}, None),
        ({"sub": "s", "email": "ann @office.example", "email_verified": True}, None),
        ({"sub": "s", "email": f"{'a' * 86}@office.example", "email_verified": True}, None),
    ],
    ids=str,
)
def test_an_address_counts_only_with_the_providers_word(claims: dict[str, Any], address: str | None) -> None:
    assert _account(**claims).address == address


def test_groups_and_app_roles_are_one_list() -> None:
    account = _account(sub="s", groups=["A ", 7, ""], roles="Lead")
    assert account.groups == {"a", "lead"}


@pytest.mark.parametrize(
    ("claims", "left_out"),
    [
        ({"_claim_names": {"groups": "src1"}}, True),
        ({"hasgroups": True}, True),
        ({"hasgroups": "true"}, True),
        ({"_claim_names": {"other": "src1"}}, False),
        ({"_claim_names": "groups"}, False),
        ({"hasgroups": False}, False),
    ],
    ids=str,
)
def test_a_token_without_its_groups_is_recognised(claims: dict[str, Any], left_out: bool) -> None:
    assert _account(sub="s", **claims).groups_left_out is left_out


@given(
    st.dictionaries(
        st.sampled_from([*MEMBER, "email", "email_verified", "groups", "roles", "_claim_names"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=20),
            lambda inner: st.lists(inner, max_size=3),
            max_leaves=4,
        ),
    )
)
def test_no_claim_of_any_kind_is_an_error(claims: dict[str, Any]) -> None:
    found = account_of(claims, ENTRA)
    assert found is None or found.subject.strip()


ROLES = {"consultant": {"c"}, "lead": {"l", "both"}, "admin": {"a", "both"}}


@pytest.mark.parametrize(
    ("groups", "role"),
    [("c", "consultant"), ("c l", "lead"), ("l a", "admin"), ("both", "admin"), ("x", None), ("", None)],
)
def test_the_highest_role_of_all_groups_counts(groups: str, role: str | None) -> None:
    assert role_of(groups.split(), ROLES) == role


ANN = Account("object", "ann@office.example", frozenset({"l"}), groups_left_out=False)
UNCONFIRMED = Account("object", None, frozenset({"l"}), groups_left_out=False)
LEFT_OUT = Account("object", "ann@office.example", frozenset(), groups_left_out=True)
HERS = Login(1, "ann@office.example", None, disabled=False, bound=False)
TIED = Login(1, "old@office.example", "ANN", disabled=False, bound=True)
GONE = Login(1, "ann@office.example", "ANN", disabled=True, bound=True)
OTHERS = Login(2, "ann@office.example", None, disabled=False, bound=True)


@pytest.mark.parametrize(
    ("account", "role", "bound", "same_address", "code", "verdict"),
    [
        (ANN, "lead", None, None, None, Entry(None, "lead", None, bind=True)),
        (ANN, "lead", None, HERS, "ANN", Entry(HERS, "lead", "ANN", bind=True)),
        (ANN, "lead", TIED, OTHERS, "BEA", Entry(TIED, "lead", "ANN", bind=False)),
        (UNCONFIRMED, "lead", TIED, None, None, Entry(TIED, "lead", "ANN", bind=False)),
        (ANN, "consultant", None, None, "ANN", Entry(None, "consultant", "ANN", bind=True)),
        (ANN, "consultant", None, HERS, None, Refusal.NO_CODE),
        (UNCONFIRMED, "lead", None, None, None, Refusal.NO_ADDRESS),
        (ANN, "lead", None, OTHERS, None, Refusal.OTHER_ACCOUNT),
        (ANN, "lead", GONE, None, None, Refusal.DISABLED),
        (ANN, None, GONE, None, None, Refusal.DISABLED),
        (ANN, None, TIED, None, None, Refusal.NO_GROUP),
        (LEFT_OUT, None, TIED, None, None, Refusal.TOO_MANY_GROUPS),
        (LEFT_OUT, "lead", TIED, None, None, Entry(TIED, "lead", "ANN", bind=False)),
    ],
)
def test_who_gets_in(
    account: Account,
    role: str | None,
    bound: Login | None,
    same_address: Login | None,
    code: str | None,
    verdict: Entry | Refusal,
) -> None:
    assert decide(account, role, bound, same_address, code) == verdict
