from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from rest_framework import serializers

from displays.models import Display
from races.models import Feed, Race


class DisplaySerializer(serializers.ModelSerializer[Display]):
    """A public board: of a feed's current race, or of one race. Who has its `url` sees it."""

    feed = serializers.PrimaryKeyRelatedField(
        queryset=Feed.objects,
        required=False,
        allow_null=True,
    )
    race = serializers.PrimaryKeyRelatedField(
        queryset=Race.objects,
        required=False,
        allow_null=True,
    )
    url = serializers.SerializerMethodField()

    class Meta:
        model = Display
        fields = ("id", "name", "feed", "race", "is_enabled", "code", "url", "created_at")
        read_only_fields = ("id", "code", "created_at")

    def get_url(self, display: Display) -> str:
        path = reverse("display", args=[display.code])
        request = self.context.get("request")
        return request.build_absolute_uri(path) if request else path

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        shown = {name: getattr(self.instance, name, None) for name in ("feed", "race")} | attrs
        if bool(shown.get("feed")) == bool(shown.get("race")):
            raise serializers.ValidationError(
                _("A display shows a feed or a race: give one of them and set the other to null.")
            )
        return attrs
