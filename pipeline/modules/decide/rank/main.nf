// Ranks the targets of one indication from its evidence and findings.
process DECIDE_RANK {
    tag "${meta.id}"
    label 'process_medium'

    input:
    tuple val(meta), path(evidence, stageAs: 'evidence/*'), path(findings, stageAs: 'findings/*')
    path off_target
    path bundle
    path scoring

    output:
    tuple val(meta.id), path('*.parquet'), emit: results
    tuple val(meta.id), path('targets.parquet'), emit: targets
    path 'versions.yml', emit: versions

    script:
    def tables = evidence.collect { table -> "--evidence ${table}" }.join(' ')
    """
    targetfinder --versions versions.yml decide rank \\
        ${tables} --findings ${findings} --off-target ${off_target} --bundle ${bundle} --scoring ${scoring} \\
        --mode ${meta.mode} --out .
    """

    stub:
    """
    touch targets.parquet contributions.parquet evidence.parquet safety.parquet versions.yml
    """
}
