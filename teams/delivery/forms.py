from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from teams.outbound import OutboundRefused, check_receiver


class WebhookForm(forms.Form):
    """The address is checked again, and its host resolved, whenever something is posted there."""

    name = forms.CharField(
        label=_("Name"),
        max_length=100,
        help_text=_("What the team calls it, such as “Pit radio”."),
    )
    url = forms.CharField(
        label=_("Address"),
        max_length=2000,
        widget=forms.URLInput(attrs={"placeholder": "https://", "autocomplete": "off"}),
        help_text=_("Begins with https://. It is kept encrypted and not shown again."),
    )

    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"].strip()
        try:
            check_receiver(url)
        except OutboundRefused as refused:
            raise forms.ValidationError(str(refused)) from None
        return url
