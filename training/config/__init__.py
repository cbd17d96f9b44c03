"""Config files and theme files: what they may say, reading them, and writing them back.

`load_config` is the way in; `training.config.schema` lists every key with its meaning.
"""

from training.config.dump import to_yaml
from training.config.json_schema import json_schema, themes_json_schema
from training.config.load import LoadedConfig, load_config
from training.config.schema import (
    ArabertNormaliserConfig,
    AsymmetricLossConfig,
    BceLossConfig,
    CalibrationConfig,
    Config,
    CorpusConfig,
    DecisionConfig,
    ExportConfig,
    FixedThresholdConfig,
    LossConfig,
    ModelConfig,
    NgramsConfig,
    NoCalibrationConfig,
    NormaliserConfig,
    PlainNormaliserConfig,
    PlattCalibrationConfig,
    ProbeConfig,
    ReportConfig,
    ShrunkThresholdConfig,
    SplitConfig,
    TemperatureCalibrationConfig,
    TfidfConfig,
    ThresholdConfig,
    TrainingConfig,
    TransformerConfig,
)
from training.config.themes import load_themes

__all__ = [
    "ArabertNormaliserConfig",
    "AsymmetricLossConfig",
    "BceLossConfig",
    "CalibrationConfig",
    "Config",
    "CorpusConfig",
    "DecisionConfig",
    "ExportConfig",
    "FixedThresholdConfig",
    "LoadedConfig",
    "LossConfig",
    "ModelConfig",
    "NgramsConfig",
    "NoCalibrationConfig",
    "NormaliserConfig",
    "PlainNormaliserConfig",
    "PlattCalibrationConfig",
    "ProbeConfig",
    "ReportConfig",
    "ShrunkThresholdConfig",
    "SplitConfig",
    "TemperatureCalibrationConfig",
    "TfidfConfig",
    "ThresholdConfig",
    "TrainingConfig",
    "TransformerConfig",
    "json_schema",
    "load_config",
    "load_themes",
    "themes_json_schema",
    "to_yaml",
]
