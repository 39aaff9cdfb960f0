from smash_nas.hosts.optuna import Prior, SmashSampler, suggest

__all__ = ["Prior", "SmashSampler", "suggest"]
