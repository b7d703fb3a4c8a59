"""Addresses: pages, the parts of pages that are polled, actions, files, and uploads by tus."""

from django.urls import path

from videos import uploads
from videos.views import converting, files, keeping, pages, presetting, uploading

app_name = "videos"

urlpatterns = [
    path("", pages.dashboard, name="dashboard"),
    path("videos/<uuid:pk>/", pages.video, name="video"),
    path("videos/<uuid:pk>/card/", pages.card, name="card"),
    path("videos/<uuid:pk>/convert/", converting.convert, name="convert"),
    path("videos/<uuid:pk>/form/", converting.filled_in, name="form"),
    path("videos/<uuid:pk>/quote/", converting.quote, name="quote"),
    path("videos/<uuid:pk>/compare/", converting.compare, name="compare"),
    path("videos/<uuid:pk>/samples/", converting.made_samples, name="samples"),
    path("videos/<uuid:pk>/filmstrip/", files.filmstrip, name="filmstrip"),
    path("videos/<uuid:pk>/frames/<int:start>-<int:stop>/", files.stretch, name="stretch"),
    path("videos/<uuid:pk>/delete/", keeping.delete_video, name="delete_video"),
    path("videos/<uuid:pk>/keep/", keeping.keep_original, name="keep_original"),
    path("videos/<uuid:pk>/original/", files.original, name="original"),
    path("videos/<uuid:pk>/poster/", files.poster, name="poster"),
    path("videos/<uuid:pk>/preset/", presetting.save, name="save_preset"),
    path("presets/", presetting.presets, name="presets"),
    path("presets/<int:pk>/delete/", presetting.delete, name="delete_preset"),
    path("results/<uuid:pk>/", pages.job, name="job"),
    path("results/<uuid:pk>/finished/", files.finished, name="finished"),
    path("results/<uuid:pk>/segments/<int:number>/", files.segment, name="segment"),
    path("results/<uuid:pk>/still-<str:which>/", files.still, name="still"),
    path("results/<uuid:pk>/cancel/", converting.cancel, name="cancel"),
    path("results/<uuid:pk>/retry/", converting.retry, name="retry"),
    path("results/<uuid:pk>/keep/", keeping.keep_result, name="keep_result"),
    path("results/<uuid:pk>/delete/", keeping.delete_upscale, name="delete_upscale"),
    path("results/<uuid:pk>/play/", files.play, name="play"),
    path("results/<uuid:pk>/download/", files.download, name="download"),
    path("upload/", uploading.plain_upload, name="plain_upload"),
    path("uploads/", uploads.create, name="uploads"),
    path("uploads/<uuid:pk>/", uploads.upload, name="upload"),
]
