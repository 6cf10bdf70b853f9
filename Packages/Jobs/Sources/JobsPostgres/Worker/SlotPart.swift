internal import Core
internal import FoundationEssentials
internal import Jobs

/// The slots that one kind has beside its lane, and how they are shared between orgs and by a member of the parameters (NOT-189).
struct SlotPart: Sendable, Hashable {
    let lane: Lane
    /// The kind in all its versions.
    let kinds: Set<Int16>
    let slots: OwnSlots

    /// What a claim may take beside the jobs under way.
    struct Room: Sendable {
        /// Passed over.
        var orgs: [UUID] = []
        /// Passed over.
        var members: LeftOut?
        /// How many jobs at most: were all of them of one org, or of one member, there would be room for them.
        var limit: Int
    }

    /// Whoever has more than half of a share is passed over, so that a claim has room for several jobs and none of them has to go back: one job at a time would
    /// cost a statement each.
    func room(beside running: some Sequence<ClaimedJob>) -> Room {
        var (orgs, members): ([UUID: Int], [String: Int]) = ([:], [:])
        for job in running where kinds.contains(job.kind) {
            if let org = job.org { orgs[org, default: 0] += 1 }
            if let value = job.share { members[value, default: 0] += 1 }
        }
        func room<Key>(of counts: [Key: Int], upTo most: Int) -> Int {
            most - (counts.values.filter { $0 <= most / 2 }.max() ?? 0)
        }
        let left = members.filter { $0.value > slots.perMember / 2 }.map(\.key)
        return Room(
            orgs: orgs.filter { $0.value > slots.perOrg / 2 }.map(\.key),
            members: left.isEmpty ? nil : LeftOut(member: slots.member, values: left),
            limit: min(room(of: orgs, upTo: slots.perOrg), room(of: members, upTo: slots.perMember)))
    }
}

extension ClaimedJob {
    /// A member of the parameters that is text.
    func text(of member: String) -> String? {
        guard let parameters = try? args.decode([String: JSONValue].self) else { return nil }
        return parameters[member]?.stringValue
    }
}
