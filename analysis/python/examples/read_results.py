# %% [markdown]
# # Reading a result file
#
# Cells of a notebook: an editor that knows `# %%` runs them one by one; as a script
# `python read_results.py results/quickstart.h5` runs them all.

# %%
import sys

import ergon

results = ergon.open_results(*sys.argv[1:])
print(results)
print("joules:", results.source)

# %% [markdown]
# Every frame knows what its columns are in and what they say.

# %%
records = results.records
units, descriptions = records.attrs["units"], records.attrs["descriptions"]
for column in ("time_median_s", "gross_j_per_launch", "power_w", "flops"):
    print(f"{column} [{units[column]}]: {descriptions[column]}")

# %% [markdown]
# What became of the points, and what a FLOP cost where there were some.

# %%
print(records.groupby(["run_status", "energy_status"]).size().rename("records"))
metered = records[records["gross_j_per_launch"].notna() & (records["flops"] > 0)].copy()
metered["pj_per_flop"] = 1e12 * metered["gross_j_per_launch"] / metered["flops"].astype("float64")
table = metered.groupby(["primitive", "kernel"])[["pj_per_flop", "power_w"]].median()
print(f"medians, joules {results.source}:\n{table}")

# %% [markdown]
# Windows and their channels: how far the windows of one record are apart.

# %%
valid = results.windows[results.windows["invalid"] == 0]
energy = results.energy.join(valid[["launches"]], on="window", how="inner")
energy["j_per_launch"] = energy["gross_j"] / energy["launches"]
spread = energy.groupby(["record", "channel_name"])["j_per_launch"].agg(["count", "mean", "std"])
print((spread["std"] / spread["mean"]).describe()[["count", "50%", "max"]])
