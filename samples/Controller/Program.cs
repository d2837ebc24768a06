using System.CommandLine;
using System.Runtime.InteropServices;
using k8s;
using Waybill.Bundles;
using Waybill.Kubernetes;
using Waybill.Samples.Controller;

Option<string> store = new("--store") { Description = "The directory of bundles.", Required = true };
Option<string> state = new("--state") { Description = "The directory of the ledger, on a disk that outlives the pod.", Required = true };
Option<string> kubeConfig = new("--kubeconfig") { Description = "A kubeconfig. Default: the identity of the pod this runs in." };
Option<string> account = new("--service-account") { Description = "NAMESPACE/NAME of the account that drivers' backup API is called as. Default: the pod's own." };
Option<string> mover = new("--mover-image") { Description = "The image of the data mover, for claims whose driver does not hand over their data itself." };
Option<bool> modeChange = new("--allow-volume-mode-change") { Description = "Read volumes with file systems as blocks, with movers." };
Option<string> home = new("--namespace") { Description = "The namespace of the controller, whose restore requests are carried out.", DefaultValueFactory = _ => "waybill-system" };
Option<string[]> recipients = new("--recipient") { Description = "Public keys for which bundles are encrypted (PEM files)." };
Option<string[]> keys = new("--key") { Description = "Private keys that open bundles for restores and for incremental points (PEM files, not locked)." };
var command = new RootCommand("Makes recovery points by policies, and restores, as objects of the cluster ask for it.") { store, state, kubeConfig, account, mover, modeChange, home, recipients, keys };
command.SetAction(async (parsed, cancellationToken) =>
{
    string config = parsed.GetValue(kubeConfig) ?? "";
    KubernetesClientConfiguration identity = config.Length > 0 ? KubernetesClientConfiguration.BuildConfigFromConfigFile(config) : KubernetesClientConfiguration.InClusterConfig();
    using var client = new Kubernetes(identity);
    using ClusterConnection connection = await ClusterConnection.OpenAsync(new ClusterOptions { KubeConfig = config, InCluster = config.Length == 0, UserAgent = "waybill-controller" }, cancellationToken).ConfigureAwait(false);
    var publicKeys = new List<BundleRecipient>();
    foreach (string path in parsed.GetValue(recipients) ?? [])
    {
        using KeyFile file = await KeyFile.LoadAsync(path, cancellationToken).ConfigureAwait(false);
        publicKeys.Add(file.ToRecipient());
    }

    var privateKeys = new List<BundleKey>();
    foreach (string path in parsed.GetValue(keys) ?? [])
    {
        using KeyFile file = await KeyFile.LoadAsync(path, cancellationToken).ConfigureAwait(false);
        privateKeys.Add(file.ToBundleKey());
    }

    var options = new ControllerOptions(parsed.GetRequiredValue(store), parsed.GetRequiredValue(state))
    {
        HomeNamespace = parsed.GetRequiredValue(home), Recipients = [.. publicKeys], Keys = [.. privateKeys],
    };
    var storage = new ClusterVolumeProvider(connection, new ClusterVolumeOptions
    {
        ServiceAccount = parsed.GetValue(account) ?? "",
        Movers = parsed.GetValue(mover) is { Length: > 0 } image ? new MoverOptions(image) { AllowVolumeModeChange = parsed.GetValue(modeChange) } : null,
    });
    using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
    using PosixSignalRegistration terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal =>
    {
        signal.Cancel = true;
        stop.Cancel();
    });
    var controller = new BackupController(client, connection, storage, options);
    await using (controller.ConfigureAwait(false))
    {
        await controller.RunAsync(error => Console.Error.WriteLine(error.Message), stop.Token).ConfigureAwait(false);
    }

    return 0;
});
return await command.Parse(args).InvokeAsync().ConfigureAwait(false);
