"""The vocabulary of columns: what a word of a closed list means."""

from __future__ import annotations

CRITICALITY = ("vital", "important", "regenerable", "dispensable")
SURFACE_TIERS = ("confirmed", "likely", "possible", "unlikely")
SAFETY_TIERS = ("clear", "caution", "gate_needed", "veto")
MODALITIES = ("rna_bulk", "rna_cell", "protein")
#: What a voter may say of a protein: an experiment saw it outside the cell; a curator says so; an experiment or a
#: curator puts it at the plasma membrane, on either side; a computer predicts the surface; it makes a glycan antigen;
#: a therapy is aimed at it; an experiment saw it in an organelle; an experiment saw it free outside the cell; the
#: voter has never looked.
VOTE_KINDS = (
    *("experimental", "annotation", "membrane", "prediction", "proxy", "clinical"),
    *("against", "secreted", "unseen"),
)
#: Kinds that do not make a gene a candidate. All others do, whoever says them: a place at the plasma membrane too, of
#: which nobody tells the sides.
NO_CANDIDATE = ("against", "secreted", "unseen")
DETECTION = ("measured", "below_detection", "unmeasured")
SCALES = ("linear", "rank_only")
MATERIALS = ("tumour", "sorted", "cell_line", "pdx")
PREVALENCE_BASES = ("counted", "estimated")
#: What became of an antigen between selection and relapse: unclear, since a retained antigen might not be seen either,
#: or since normal cells may have carried it; absent at both.
ESCAPE_CALLS = ("retained", "reduced", "lost", "emerged", "unclear", "absent")
ESCAPE_BASES = ("rna_bulk", "rna_cell", "protein", "clinical")
YES_NO_UNKNOWN = ("yes", "no", "unknown")
#: Whether patients were counted, or quartiles leave bounds only.
COVERAGE_BASES = ("patients", "bounds")
VERDICTS = ("ok", "rank_only", "refuse")
YES_OR_NO = ("yes", "no")
ARCHITECTURES = ("type I", "type II", "type III", "single-pass", "multi-pass", "GPI", "secreted", "unclear", "none")
ANCHORS = ("span", "GPI", "unclear", "none")
#: What may stand against a target even though it is high in the tumour and on its surface.
LIABILITY_KINDS = ("shed", "soluble_isoform", "antigen_loss", "toxicity", "sorting_marker")
#: How bad the harm of a toxicity was: a patient died of it; the source calls it severe or disabling, or it stopped
#: treatment; it was neither, was not seen in patients, or may have another cause than the antigen.
SEVERITY = ("fatal", "severe", "other")
#: What a safety finding rests on: an atlas, or harm to patients.
FINDINGS = (*MODALITIES, "clinical")
#: Cells that may live in any tissue: what the parts of the tissue `ANY_TISSUE` are called.
GUESTS, ANY_TISSUE = ("immune", "blood", "endothelium", "stroma"), "any"
#: Which cells of a tissue a bulk value comes from.
ATTRIBUTIONS = ("parenchyma", *GUESTS, "mixed")
#: Where a liability was seen.
SEEN_IN = ("humans", "primates", "mice", "cells")
#: Which reference sets lack a tissue or cell type.
ABSENT_FROM = ("demo", "full", "demo; full")
#: Which cells carry the CAR: it decides whose fratricide counts.
MODES = ("car_t", "car_nk")
#: Background of antibodies that bind nothing; any other is a cell type.
CONTROLS = "isotype controls"
#: Whether such cells would kill each other, worst first (`targetfinder.decide._fratricide`).
FRATRICIDE = ("carried", "possible", "unknown", "not seen")
#: Whether a loss of blood cells must be reckoned with, worst first (`targetfinder.decide._blood`).
CYTOPENIA = ("reported", "possible", "unknown", "not seen")
EFFECTOR_CELLS, EFFECTOR_STATES = ("T", "NK"), ("resting", "activated")
NK_GROUPS = ("activating", "inhibitory", "resistance")
#: What speaks for NK cells or against them: much of the gene in the tumour, or little.
NK_ARGUES = ("high for", "low for", "high against", "low against")
#: How much of a gene a tumour has, for a tumour (`targetfinder.evidence.nk_view`), and what that argues: for NK cells,
#: against them, neither, or nothing that could be told.
NK_CALLS = ("high", "intermediate", "low", "not compared", "unmeasured")
NK_SAYS = ("for", "against", "nothing", "unknown")
ORTHOLOGY = ("one2one", "other")
POLARITY = ("apical", "basolateral", "both")
#: Strength of a stain, weakest first; other words of an atlas (ascending, not representative) are no level.
STAIN_LEVELS = ("Not detected", "Low", "Medium", "High")
#: How far the Human Protein Atlas trusts an antibody, best first.
RELIABILITY = ("Enhanced", "Supported", "Approved", "Uncertain")
#: How RNA and protein of a tissue contradict each other.
CONFLICT_KINDS = ("stain without RNA", "RNA without stain")
#: What became of an entry of a source (`targetfinder.identity`, `targetfinder.reference._identity`).
OUTCOMES = ("unchanged", "renamed", "merged", "ambiguous", "kept apart", "not coding", "lost")
#: Part of the name of a safety rule that could not be compared with the tumour.
UNKNOWN_TUMOUR = "tumour not measured"
#: How a gate joins its genes: on all of them, on any of them, on the first unless the last is there.
OPERATORS = ("AND", "OR", "NOT")
#: What a gate was counted in: single cells, samples of patients, or only bounds that marginals allow; and what its
#: normal hit rests on: single cells of donors, or means of clusters and tissues.
GATE_BASES = ("cells", "samples", "bounds")
NORMAL_BASES = ("cells", "clusters")
#: What became of a gate: its gain holds in patients and donors that had no part in its choice; it may hold, but
#: what would tell is missing; it does not hold.
GATE_VERDICTS = ("improvement", "candidate", "no gain")
