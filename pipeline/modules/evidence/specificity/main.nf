// Measures the therapeutic window of each gene against every normal tissue.
process EVIDENCE_SPECIFICITY {
    tag "${meta.id}"
    label 'process_medium'

    input:
    tuple val(meta), path(indication)
    path bundle
    path cohorts
    path scoring
    path rules
    path waivers // or nothing

    output:
    tuple val(meta.id), path('specificity.parquet'), emit: evidence
    path 'versions.yml', emit: versions

    script:
    def own = waivers ? "--waivers ${waivers}" : ''
    """
    targetfinder --versions versions.yml evidence specificity \\
        --indication ${indication} --bundle ${bundle} --cohorts ${cohorts} --scoring ${scoring} \\
        --rules ${rules} ${own} --out specificity.parquet
    """

    stub:
    """
    touch specificity.parquet versions.yml
    """
}
