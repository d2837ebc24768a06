using System.Collections.Concurrent;
using System.Diagnostics;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Core;
using Waybill.Csi.Tests.Support;
using Waybill.Csi.Wire;

namespace Waybill.Csi.Tests.Calls;

public sealed class SecretTests
{
    public static TheoryData<string> Messages => [.. FilledMessage.AllTypes(CsiReflection.Descriptor.MessageTypes).Select(type => type.FullName)];

    public static TheoryData<string> Methods => [.. CsiReflection.Descriptor.Services.SelectMany(service => service.Methods).Select(method => method.FullName)];

    [Theory]
    [MemberData(nameof(Messages))]
    public void Of_AnyMessageOfTheInterface_ShowsEveryFieldButSecrets(string type)
    {
        var secrets = new List<string>();
        IMessage message = FilledMessage.Make<IMessage>(Find(type), secrets);

        string text = MessageText.Of(message);
        string names = MessageText.NamesIn(message);

        Assert.All(secrets, secret => Assert.DoesNotContain(secret, text + names));
        Assert.DoesNotContain(FilledMessage.Secret, text + names);
        foreach (FieldDescriptor field in message.Descriptor.Fields.InFieldNumberOrder().Where(field => field.ContainingOneof is null))
        {
            Assert.Contains($"{field.Name}: ", text);
        }
    }

    [Theory]
    [MemberData(nameof(Messages))]
    public void Scrub_OfATextWithTheSecretsOfAMessage_RemovesThem(string type)
    {
        var secrets = new List<string>();
        IMessage message = FilledMessage.Make<IMessage>(Find(type), secrets);

        string text = CallSecrets.In(message).Scrub($"login with '{string.Join("' or '", secrets)}' failed");

        Assert.DoesNotContain(FilledMessage.Secret, text);
        Assert.StartsWith("login with '", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Scrub_OfASecretThatIsPartOfAnother_RemovesBoth()
    {
        CallSecrets secrets = CallSecrets.In(new DeleteVolumeRequest { Secrets = { { "a", "word" }, { "b", "password" }, { "c", "" } } });

        Assert.Equal("*** and ***", secrets.Scrub("password and word"));
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public async Task Call_OfAnyMethodWithAnyFailure_LeavesNoSecretInLogErrorOrTrace(string method)
    {
        MethodDescriptor descriptor = CsiReflection.Descriptor.Services.SelectMany(service => service.Methods).Single(known => known.FullName == method);
        var secrets = new List<string>();
        byte[] request = FilledMessage.Make<IMessage>(descriptor.InputType, secrets).ToByteArray();
        string leak = $"cannot log in with {string.Join(", ", secrets)}";
        Func<Exception>[] failures =
        [
            () => new InvalidOperationException(leak, new InvalidOperationException(leak)),
            () => new ProviderException(WaybillErrorCode.ProviderFailed, "failing", leak) { ObjectName = leak, Hint = leak },
            () => new ProviderException(WaybillErrorCode.VolumeNotFound, leak, leak) { IsTransient = true },
            () => new RpcException(new Status(StatusCode.DataLoss, leak)),
            () => new OperationCanceledException(leak),
        ];
        var logger = new RecordingLogger();
        using var traces = new RecordedTraces();
        foreach (Func<Exception> failure in failures)
        {
            await using PluginHost host = await PluginHost.StartAsync(new FailingPlatform(failure), logger: logger);
            RpcException? error = await CallAsync(host.Invoker, descriptor, request);
            Assert.DoesNotContain(FilledMessage.Secret, $"{error?.Status} {string.Join(' ', error?.Trailers.Select(entry => entry.ToString()) ?? [])}");
        }

        Assert.All(logger.Lines, line => Assert.DoesNotContain(FilledMessage.Secret, line.Text));
        Assert.All(traces.Texts, text => Assert.DoesNotContain(FilledMessage.Secret, text));
        if (!descriptor.Service.Name.StartsWith("Node", StringComparison.Ordinal))
        {
            Assert.Contains(logger.Lines, line => line.Text.Contains($"{descriptor.Service.FullName}/{descriptor.Name}", StringComparison.Ordinal));
            Assert.Contains(traces.Texts, text => text.Contains($"{descriptor.Service.FullName}/{descriptor.Name}", StringComparison.Ordinal));
        }
    }

    private static MessageDescriptor Find(string type) => FilledMessage.AllTypes(CsiReflection.Descriptor.MessageTypes).Single(known => known.FullName == type);

    private static async Task<RpcException?> CallAsync(CallInvoker invoker, MethodDescriptor descriptor, byte[] request)
    {
        Marshaller<byte[]> raw = Marshallers.Create<byte[]>(bytes => bytes, bytes => bytes);
        var method = new Method<byte[], byte[]>(
            descriptor.IsServerStreaming ? MethodType.ServerStreaming : MethodType.Unary, descriptor.Service.FullName, descriptor.Name, raw, raw);
        try
        {
            if (descriptor.IsServerStreaming)
            {
                using AsyncServerStreamingCall<byte[]> stream = invoker.AsyncServerStreamingCall(method, null, new CallOptions(), request);
                while (await stream.ResponseStream.MoveNext(CancellationToken.None))
                {
                }
            }
            else
            {
                await invoker.AsyncUnaryCall(method, null, new CallOptions(), request);
            }

            return null;
        }
        catch (RpcException e)
        {
            return e;
        }
    }

    private sealed class RecordedTraces : IDisposable
    {
        private readonly ConcurrentQueue<string> _texts = new();
        private readonly ActivityListener _listener;

        public RecordedTraces()
        {
            _listener = new ActivityListener
            {
                ShouldListenTo = _ => true,
                Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
                ActivityStopped = activity => _texts.Enqueue(string.Join(
                    ' ',
                    activity.TagObjects.Select(tag => $"{tag.Key}={tag.Value}")
                        .Concat(activity.Events.Select(happened => $"{happened.Name} {string.Join(' ', happened.Tags)}"))
                        .Concat(activity.Baggage.Select(item => $"{item.Key}={item.Value}"))
                        .Prepend($"{activity.DisplayName} {activity.StatusDescription}"))),
            };
            ActivitySource.AddActivityListener(_listener);
        }

        public IReadOnlyList<string> Texts => [.. _texts];

        public void Dispose() => _listener.Dispose();
    }
}
