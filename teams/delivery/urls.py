from __future__ import annotations

from django.urls import path

from teams.views.channels import channels, switch_mails, test_mail
from teams.views.deliveries import deliveries, retry_all, retry_one
from teams.views.devices import push_renew, push_subscribe, push_test, push_unsubscribe
from teams.views.service_worker import service_worker
from teams.views.unsubscribe import stop_alert_mails
from teams.views.webhooks import delete, new_webhook, rotate, switch, test

CHANNELS = "t/<slug:team_slug>/channels/"
DELIVERIES = "t/<slug:team_slug>/deliveries/"

urlpatterns = [
    path("sw.js", service_worker, name="service-worker"),
    path("push/renew/", push_renew, name="push-renew"),
    path("alerts/stop/<str:token>/", stop_alert_mails, name="alerts-unsubscribe"),
    path(CHANNELS, channels, name="team-channels"),
    path(f"{CHANNELS}push/", push_subscribe, name="push-subscribe"),
    path(f"{CHANNELS}push/<int:pk>/test/", push_test, name="push-test"),
    path(f"{CHANNELS}push/<int:pk>/remove/", push_unsubscribe, name="push-unsubscribe"),
    path(f"{CHANNELS}email/", switch_mails, name="alerts-by-email"),
    path(f"{CHANNELS}email/test/", test_mail, name="email-test"),
    path(f"{CHANNELS}webhooks/", new_webhook, name="webhook-new"),
    path(f"{CHANNELS}webhooks/<int:pk>/switch/", switch, name="webhook-switch"),
    path(f"{CHANNELS}webhooks/<int:pk>/secret/", rotate, name="webhook-rotate"),
    path(f"{CHANNELS}webhooks/<int:pk>/test/", test, name="webhook-test"),
    path(f"{CHANNELS}webhooks/<int:pk>/delete/", delete, name="webhook-delete"),
    path(DELIVERIES, deliveries, name="team-deliveries"),
    path(f"{DELIVERIES}retry/", retry_all, name="deliveries-retry"),
    path(f"{DELIVERIES}<uuid:pk>/retry/", retry_one, name="delivery-retry"),
]
