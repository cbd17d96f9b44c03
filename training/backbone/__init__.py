"""Pretrained encoders."""

from training.backbone.load import Backbone, load_backbone, load_backbone_config

__all__ = ["Backbone", "load_backbone", "load_backbone_config"]
