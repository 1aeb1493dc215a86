// Pinned sources -> reference bundle -> cohorts in the common shape.

include { REFERENCE_FETCH } from '../modules/reference/fetch/main.nf'
include { REFERENCE_BUILD } from '../modules/reference/build/main.nf'
include { COHORT_BUILD    } from '../modules/cohort/build/main.nf'

workflow REFERENCES {
    take:
    plan

    main:
    def registry = file("${params.references}/sources.toml", checkIfExists: true)
    def names = ['tissues.tsv', 'cell_types.tsv', 'labels.tsv', 'stained_cells.tsv']
    def curated = names.collect { name -> file("${params.references}/${name}", checkIfExists: true) }

    REFERENCE_FETCH(channel.fromList(plan.sources), registry.toAbsolutePath().parent)
    sources = REFERENCE_FETCH.out.source.collect(sort: { source -> source.name })
    REFERENCE_BUILD([id: 'references', code: plan.code.REFERENCE_BUILD], [registry, *curated], sources)
    COHORT_BUILD([id: 'cohorts', code: plan.code.COHORT_BUILD], registry, sources, REFERENCE_BUILD.out.bundle)

    emit:
    bundle = REFERENCE_BUILD.out.bundle
    cohorts = COHORT_BUILD.out.cohorts
    versions = REFERENCE_BUILD.out.versions.mix(COHORT_BUILD.out.versions)
}
