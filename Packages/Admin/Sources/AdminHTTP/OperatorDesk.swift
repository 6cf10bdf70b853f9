public import Admin

/// What the operators' routes reach beside accounts, orgs and the log.
public struct OperatorDesk: Sendable {
    let lists: any OperatorLists
    let queue: any OperatorQueue
    let billing: any OperatorBilling
    let graphs: any OperatorGraphs
    let plant: any OperatorPlant

    /// Puts it together.
    public init(
        lists: any OperatorLists, queue: any OperatorQueue, billing: any OperatorBilling, graphs: any OperatorGraphs,
        plant: any OperatorPlant
    ) {
        self.lists = lists
        self.queue = queue
        self.billing = billing
        self.graphs = graphs
        self.plant = plant
    }
}
