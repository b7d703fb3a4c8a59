"""Addresses: pages, the parts of pages that are polled, actions, files, and uploads by tus."""

from django.urls import path

from videos import uploads, views

app_name = "videos"

urlpatterns = [
    path("", views.dashboard, name="dashboard"),
    path("videos/<uuid:pk>/", views.video, name="video"),
    path("videos/<uuid:pk>/card/", views.card, name="card"),
    path("videos/<uuid:pk>/convert/", views.convert, name="convert"),
    path("videos/<uuid:pk>/quote/", views.quote, name="quote"),
    path("videos/<uuid:pk>/compare/", views.compare, name="compare"),
    path("videos/<uuid:pk>/samples/", views.made_samples, name="samples"),
    path("videos/<uuid:pk>/filmstrip/", views.filmstrip, name="filmstrip"),
    path("videos/<uuid:pk>/frames/<int:start>-<int:stop>/", views.stretch, name="stretch"),
    path("videos/<uuid:pk>/delete/", views.delete_video, name="delete_video"),
    path("videos/<uuid:pk>/keep/", views.keep_original, name="keep_original"),
    path("videos/<uuid:pk>/original/", views.original, name="original"),
    path("videos/<uuid:pk>/poster/", views.poster, name="poster"),
    path("results/<uuid:pk>/", views.job, name="job"),
    path("results/<uuid:pk>/finished/", views.finished, name="finished"),
    path("results/<uuid:pk>/segments/<int:number>/", views.segment, name="segment"),
    path("results/<uuid:pk>/still-<str:which>/", views.still, name="still"),
    path("results/<uuid:pk>/cancel/", views.cancel, name="cancel"),
    path("results/<uuid:pk>/retry/", views.retry, name="retry"),
    path("results/<uuid:pk>/keep/", views.keep_result, name="keep_result"),
    path("results/<uuid:pk>/delete/", views.delete_upscale, name="delete_upscale"),
    path("results/<uuid:pk>/play/", views.play, name="play"),
    path("results/<uuid:pk>/download/", views.download, name="download"),
    path("upload/", views.plain_upload, name="plain_upload"),
    path("uploads/", uploads.create, name="uploads"),
    path("uploads/<uuid:pk>/", uploads.upload, name="upload"),
]
