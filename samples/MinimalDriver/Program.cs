using Waybill.Samples.MinimalDriver;

var platform = new DirectoryPlatform(args is [var directory] ? directory : throw new ArgumentException("usage: Waybill.Samples.MinimalDriver DIRECTORY"));
var plugin = new CsiPlugin("csi.minimal.example.com", "1.0.0") { Provider = platform, Node = new LoopNode(platform), NodeId = Environment.MachineName };
await CsiServer.RunAsync(plugin, CsiServerOptions.FromEnvironment());
