// Pinned sources -> reference bundle -> cohorts in the common shape.

include { REFERENCE_FETCH } from '../modules/reference/fetch/main.nf'
include { REFERENCE_BUILD } from '../modules/reference/build/main.nf'
include { COHORT_BUILD    } from '../modules/cohort/build/main.nf'

workflow REFERENCES {
    take:
    plan

    main:
    def references = plan.references
    def names = ['sources.toml', 'tissues.tsv', 'cell_types.tsv', 'labels.tsv', 'stained_cells.tsv', 'liabilities.tsv', 'feasibility.tsv', 'glycans.tsv']
    def curated = names.collect { name -> file("${references.folder}/${name}", checkIfExists: true) }
    def own = references.own ? [file(references.own, checkIfExists: true)] : []
    def chosen = references.own ? own[0].name : references.set
    def about = { id, process -> [id: id, set: chosen, code: plan.code[process]] }

    REFERENCE_FETCH(
        about('sources', 'REFERENCE_FETCH') + [
            folder: references.folder, set: references.own ?: references.set, store: references.store, mirror: references.mirror,
            files: references.sources*.file, content: references.sources*.sha256,
        ]
    )
    REFERENCE_BUILD(about('references', 'REFERENCE_BUILD'), curated + own, REFERENCE_FETCH.out.store)
    COHORT_BUILD(about('cohorts', 'COHORT_BUILD') + [level: plan.level], curated[0..0] + own, REFERENCE_FETCH.out.store)

    emit:
    bundle = REFERENCE_BUILD.out.bundle
    cohorts = COHORT_BUILD.out.cohorts
    versions = REFERENCE_BUILD.out.versions.mix(COHORT_BUILD.out.versions)
}
