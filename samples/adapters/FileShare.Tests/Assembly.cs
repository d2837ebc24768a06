// Servers and their logs are shared by the tests of a class; two cores are not enough for more at once.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
