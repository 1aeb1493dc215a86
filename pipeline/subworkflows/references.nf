// Pinned sources -> reference bundle; shipped and own cohorts in the common shape, judged against the atlases.

include { REFERENCE_FETCH } from '../modules/reference/fetch/main.nf'
include { REFERENCE_BUILD } from '../modules/reference/build/main.nf'
include { COHORT_BUILD    } from '../modules/cohort/build/main.nf'
include { COHORT_READ     } from '../modules/cohort/read/main.nf'
include { COHORT_CHECK    } from '../modules/cohort/check/main.nf'

workflow REFERENCES {
    take:
    plan

    main:
    def references = plan.references
    def names = [
        'sources.toml', 'tissues.tsv', 'cell_types.tsv', 'labels.tsv', 'stained_cells.tsv', 'tissue_cells.tsv', 'liabilities.tsv', 'feasibility.tsv', 'glycans.tsv',
        'blind_spots.tsv', 'effectors.tsv', 'nk_view.tsv',
    ]
    def curated = names.collect { name -> file("${references.folder}/${name}", checkIfExists: true) }
    def extension = references.own ? [file(references.own, checkIfExists: true)] : []
    def registry = curated[0..0] + extension
    def chosen = references.own ? extension[0].name : references.set
    def about = { id, process -> [id: id, set: chosen, code: plan.code[process]] }

    REFERENCE_FETCH(
        about('sources', 'REFERENCE_FETCH') + [
            folder: references.folder, set: references.own ?: references.set, store: references.store, mirror: references.mirror,
            files: references.sources*.file, content: references.sources*.sha256,
        ]
    )
    REFERENCE_BUILD(about('references', 'REFERENCE_BUILD'), curated + extension, REFERENCE_FETCH.out.store)
    COHORT_BUILD(about('cohorts', 'COHORT_BUILD') + [level: plan.level], registry, REFERENCE_FETCH.out.store)
    COHORT_READ(
        channel.fromList(plan.cohorts.collect { cohort -> about(cohort.id, 'COHORT_READ') + [level: plan.level] + cohort }),
        REFERENCE_BUILD.out.bundle, registry, REFERENCE_FETCH.out.store,
    )
    COHORT_CHECK(
        about('all', 'COHORT_CHECK'), COHORT_BUILD.out.cohorts, COHORT_READ.out.cohort.toSortedList(),
        COHORT_READ.out.problems.toSortedList(), REFERENCE_BUILD.out.bundle,
    )

    emit:
    bundle = REFERENCE_BUILD.out.bundle
    cohorts = COHORT_CHECK.out.cohorts
    own_cohorts = COHORT_READ.out.cohort.toSortedList() // what each own cohort keeps of its cells and samples
    versions = REFERENCE_BUILD.out.versions
        .mix(COHORT_BUILD.out.versions, COHORT_READ.out.versions.first(), COHORT_CHECK.out.versions)
}
