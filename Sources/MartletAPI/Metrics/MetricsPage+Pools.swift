import MartletModel

/// What room there is for disks. A pool that is missing has a state and no sizes.
extension MetricsPage {
    var poolFamilies: [MetricFamily] {
        var states = MetricFamily("martlet_pool_state", .gauge, "The state that a pool is in; always 1.")
        var total = MetricFamily("martlet_pool_size_bytes", .gauge, "The size of a pool's file system.")
        var free = MetricFamily("martlet_pool_free_bytes", .gauge, "What may still be written to a pool.")
        var disks = MetricFamily("martlet_pool_disks", .gauge, "The disks in a pool.")
        for pool in pools {
            guard let status = pool.status else { continue }
            let labels = [Label("pool", pool.name), Label("id", pool.id.description)]
            states.add(labels + [Label("state", status.state.rawValue)], 1.0)
            total.add(labels, status.total?.bytes)
            free.add(labels, status.free?.bytes)
            disks.add(labels, Double(status.disks))
        }
        return [states, total, free, disks]
    }
}
