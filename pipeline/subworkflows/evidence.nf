// One indication at a time: presence, specificity, safety, the view of an NK cell; surface and off_target are the same for all.

include { EVIDENCE_PRESENCE    } from '../modules/evidence/presence/main.nf'
include { EVIDENCE_SPECIFICITY } from '../modules/evidence/specificity/main.nf'
include { EVIDENCE_SURFACE     } from '../modules/evidence/surface/main.nf'
include { EVIDENCE_OFF_TARGET  } from '../modules/evidence/off_target/main.nf'
include { EVIDENCE_SAFETY      } from '../modules/evidence/safety/main.nf'
include { EVIDENCE_NK_VIEW     } from '../modules/evidence/nk_view/main.nf'

workflow EVIDENCE {
    take:
    plan
    indications // [id, file]
    bundle
    cohorts

    main:
    def scoring = file(params.scoring, checkIfExists: true)
    def rules = file("${plan.references.folder}/safety.toml", checkIfExists: true)
    def voters = file("${plan.references.folder}/surface.toml", checkIfExists: true)
    def waivers = params.waivers ? file(params.waivers, checkIfExists: true) : []
    def patients = [min_patients: params.min_patients]

    EVIDENCE_PRESENCE(indications.map { id, toml -> [[id: id, code: plan.code.EVIDENCE_PRESENCE] + patients, toml] }, bundle, cohorts, scoring)
    EVIDENCE_SPECIFICITY(indications.map { id, toml -> [[id: id, code: plan.code.EVIDENCE_SPECIFICITY], toml] }, bundle, cohorts, scoring, rules, waivers)
    EVIDENCE_SURFACE([id: 'all', code: plan.code.EVIDENCE_SURFACE], bundle, voters, scoring)
    EVIDENCE_OFF_TARGET([id: 'all', code: plan.code.EVIDENCE_OFF_TARGET], bundle, rules)
    EVIDENCE_SAFETY(indications.map { id, toml -> [[id: id, code: plan.code.EVIDENCE_SAFETY], toml] }, bundle, cohorts, EVIDENCE_SURFACE.out.evidence, EVIDENCE_OFF_TARGET.out.cells, rules, waivers)
    EVIDENCE_NK_VIEW(indications.map { id, toml -> [[id: id, code: plan.code.EVIDENCE_NK_VIEW], toml] }, bundle, cohorts, scoring)

    emit:
    tables = EVIDENCE_PRESENCE.out.evidence // [id, [presence, specificity, surface], findings]
        .join(EVIDENCE_SPECIFICITY.out.evidence)
        .combine(EVIDENCE_SURFACE.out.evidence)
        .join(EVIDENCE_SAFETY.out.findings)
        .map { id, presence, specificity, surface, findings -> [id, [presence, specificity, surface], findings] }
    off_target = EVIDENCE_OFF_TARGET.out.cells
    nk_view = EVIDENCE_NK_VIEW.out.nk_view // [id, nk_view]
    versions = EVIDENCE_PRESENCE.out.versions.first()
        .mix(EVIDENCE_SPECIFICITY.out.versions.first(), EVIDENCE_SAFETY.out.versions.first(), EVIDENCE_NK_VIEW.out.versions.first())
        .mix(EVIDENCE_SURFACE.out.versions, EVIDENCE_OFF_TARGET.out.versions)
}
