public import Admin

/// What the operators' routes reach beside accounts, orgs and the log.
public struct OperatorDesk: Sendable {
    let lists: any OperatorLists
    let queue: any OperatorQueue
    let billing: any OperatorBilling
    let graphs: any OperatorGraphs
    let plant: any OperatorPlant
    let hosts: any OperatorHosts
    let orphans: any OperatorOrphans
    let approvals: any OperatorApprovals
    let allowances: any OperatorAllowances
    let mails: any OperatorMails
    let invitations: any OperatorInvitations

    /// Puts it together.
    public init(
        lists: any OperatorLists, queue: any OperatorQueue, billing: any OperatorBilling, graphs: any OperatorGraphs,
        plant: any OperatorPlant, hosts: any OperatorHosts, orphans: any OperatorOrphans, approvals: any OperatorApprovals,
        allowances: any OperatorAllowances, mails: any OperatorMails, invitations: any OperatorInvitations
    ) {
        self.lists = lists
        self.queue = queue
        self.billing = billing
        self.graphs = graphs
        self.plant = plant
        self.hosts = hosts
        self.orphans = orphans
        self.approvals = approvals
        self.allowances = allowances
        self.mails = mails
        self.invitations = invitations
    }
}
