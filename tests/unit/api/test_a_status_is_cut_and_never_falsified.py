from clv_operator.api import cut_status


def test_a_long_text_ends_in_an_ellipsis() -> None:
    cut = cut_status("RevenueIncident", {"severityReason": "x" * 300})
    assert cut.status == {"severityReason": "x" * 255 + "…"}
    assert cut.paths == ("status.severityReason",)


def test_a_long_list_keeps_its_beginning() -> None:
    moments = [{"at": "2026-11-25T14:02:00Z", "text": str(number)} for number in range(61)]
    cut = cut_status("RevenueIncident", {"timeline": moments})
    assert cut.status == {"timeline": moments[:60]}
    assert cut.paths == ("status.timeline",)


def test_a_number_is_left_out_rather_than_shortened() -> None:
    cut = cut_status("TieredSLO", {"budgetRemaining": "0.1234567890123456", "weightedBurn": "NaN", "worstTier": "gold"})
    assert cut.status == {"worstTier": "gold"}
    assert cut.paths == ("status.budgetRemaining", "status.weightedBurn")


def test_what_fits_is_the_same_object() -> None:
    status = {"weighted": {"sli": "99.93", "simpson": False}, "tiers": [{"tier": "gold", "dataQuality": "Ok"}]}
    cut = cut_status("TieredSLO", status)
    assert cut.status == status
    assert cut.paths == ()
