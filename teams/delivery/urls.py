from __future__ import annotations

from django.urls import path

from teams.views.channels import channels, switch_mails, test_mail
from teams.views.deliveries import deliveries, retry_all, retry_one
from teams.views.devices import push_renew, push_subscribe, push_test, push_unsubscribe
from teams.views.unsubscribe import stop_alert_mails
from teams.views.webhooks import delete, new_webhook, rotate, switch, test

TEAM = "t/<slug:team_slug>/"

urlpatterns = [
    path("push/renew/", push_renew, name="push-renew"),
    path("alerts/stop/<str:token>/", stop_alert_mails, name="alerts-unsubscribe"),
    path(f"{TEAM}channels/", channels, name="team-channels"),
    path(f"{TEAM}channels/email/", switch_mails, name="alerts-by-email"),
    path(f"{TEAM}channels/email/test/", test_mail, name="email-test"),
    path(f"{TEAM}devices/", push_subscribe, name="push-subscribe"),
    path(f"{TEAM}devices/<int:pk>/test/", push_test, name="push-test"),
    path(f"{TEAM}devices/<int:pk>/remove/", push_unsubscribe, name="push-unsubscribe"),
    path(f"{TEAM}webhooks/", new_webhook, name="webhook-new"),
    path(f"{TEAM}webhooks/<int:pk>/switch/", switch, name="webhook-switch"),
    path(f"{TEAM}webhooks/<int:pk>/secret/", rotate, name="webhook-rotate"),
    path(f"{TEAM}webhooks/<int:pk>/test/", test, name="webhook-test"),
    path(f"{TEAM}webhooks/<int:pk>/delete/", delete, name="webhook-delete"),
    path(f"{TEAM}deliveries/", deliveries, name="team-deliveries"),
    path(f"{TEAM}deliveries/retry/", retry_all, name="deliveries-retry"),
    path(f"{TEAM}deliveries/<uuid:pk>/retry/", retry_one, name="delivery-retry"),
]
