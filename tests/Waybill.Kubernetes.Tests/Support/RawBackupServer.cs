using Waybill.Backup.Wire;

namespace Waybill.Kubernetes.Tests;

/// <summary>A server of the backup API that says over a real wire exactly what it is told to, contract or not.</summary>
internal sealed class RawBackupServer : IAsyncDisposable
{
    private readonly Queue<RawAnswer> _answers;
    private RawGrpcServer _server = null!;

    private RawBackupServer(IEnumerable<RawAnswer> answers) => _answers = new Queue<RawAnswer>(answers);

    /// <summary>Gets the questions for data that came, in their order.</summary>
    public List<ReadDataRequest> Questions { get; } = [];

    /// <summary>Gets the tokens they came with.</summary>
    public List<string> Tokens { get; } = [];

    public static async Task<RawBackupServer> StartAsync(params RawAnswer[] answers)
    {
        var server = new RawBackupServer(answers);
        server._server = await RawGrpcServer.StartAsync(server.Answer);
        return server;
    }

    public BackupClient Connect(BackupTokenSupplier? tokens = null) =>
        BackupClient.Connect(new BackupClientOptions(_server.Address, _server.Authority, tokens ?? ((_, _) => ValueTask.FromResult("token")))
        {
            RetryLimit = TimeSpan.FromSeconds(5),
        });

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private RawAnswer Answer(RawCall call)
    {
        Questions.Add(ReadDataRequest.Parser.ParseFrom(call.Message.Span));
        Tokens.Add(call.Authorization);
        return _answers.Dequeue();
    }
}
