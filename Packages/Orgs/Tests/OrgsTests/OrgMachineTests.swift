import Core
import Identity
import Orgs
import Testing

/// The published machines against the code.
@Suite struct OrgMachineTests {
    @Test func `ORG-117 the published moves lead through every state, and none leads back from a purge`() {
        let states = Set(Org.State.allCases.map(\.rawValue))
        #expect(Set(OrgMachines.org.flatMap { $0.from + [$0.to] }) == states)
        #expect(OrgMachines.allows(.active, to: .deleted) && OrgMachines.allows(.deleted, to: .active))
        for state in Org.State.allCases {
            #expect(!OrgMachines.allows(.purged, to: state))
            #expect(OrgMachines.allows(.purging, to: state) == (state == .purged))
        }
        #expect(!OrgMachines.allows(.frozen, to: .deleted))
    }

    @Test func `ORG-112 each move names the topics that are published with it`() {
        let topics = Dictionary(uniqueKeysWithValues: OrgMachines.org.map { ($0.trigger, $0.events) })
        #expect(topics["delete"] == [OrgDeletionScheduled.topic] && topics["restore"] == [OrgRestored.topic])
        #expect(topics["purge done"] == [OrgPurged.topic] && topics["create"] == [OrgCreated.topic])
        #expect(OrgMachines.membership.flatMap(\.events).allSatisfy { $0.hasPrefix("orgs.") })
    }
}
