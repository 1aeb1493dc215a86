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
    path 'manifest.json', emit: manifest
    path 'versions.yml', emit: versions

    script:
    """
    targetfinder --versions versions.yml reference build --references references --set '${meta.set}' --store ${store} --out bundle
    ln bundle/manifest.json manifest.json
    """

    stub:
    """
    mkdir bundle
    touch bundle/manifest.json manifest.json versions.yml
    """
}
