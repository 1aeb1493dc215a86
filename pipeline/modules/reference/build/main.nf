// Builds the reference bundle from verified sources and the curated tables.
process REFERENCE_BUILD {
    tag "${meta.id}"
    label 'process_medium'

    input:
    val meta
    path curated, stageAs: 'references/*'
    path store

    output:
    path 'bundle', emit: bundle
    path '*.{json,parquet}', emit: audit
    path 'versions.yml', emit: versions

    script:
    """
    targetfinder --versions versions.yml reference build --references references --set '${meta.set}' --store ${store} --out bundle
    ln bundle/manifest.json references.json
    ln bundle/identity.parquet bundle/excluded.parquet bundle/conflicts.parquet .
    """

    stub:
    """
    mkdir bundle
    touch bundle/manifest.json references.json versions.yml
    """
}
