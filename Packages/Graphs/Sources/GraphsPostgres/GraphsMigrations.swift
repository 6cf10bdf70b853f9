public import Postgres

/// The steps of the schema that belong to graphs.
public enum GraphsMigrations {
    /// All of them, in order.
    public static let all: [any Migration.Type] = [
        M0700CreateGraphs.self, M0701ShowGraphsToOrgs.self, M0702CreateDeployment.self, M0703BindPartsToTheirOrg.self,
        M0710HoldPurges.self, M0711CreateRepositories.self, M0712MeasureStorage.self,
        M0713RegisterTierChanges.self, M0714KeepBackups.self,
        M0715RegisterMembers.self, M0716RegisterOrphans.self, M0717CapStorage.self, M0718RegisterProtection.self,
        M0720WatchHosts.self, M0721RegisterMutations.self, M0722CopyBackups.self, M0723BuyGraphsAgain.self,
        M0724ForgetGraphs.self, M0728SuspendFailed.self, M0729CoverGraphs.self,
        M0730SampleHosts.self, M0731FindRecords.self, M0732RegisterCapacity.self,
        M0733HoldSubgraphs.self, M0734ShowParentsToOrgs.self,
        M0740RegisterHosts.self, M0741RecoverHosts.self,
        M0745MarkEngines.self, M0746RepairOrphans.self, M0747MoveGraphs.self,
        M0748WaiveBackups.self,
    ]
}
