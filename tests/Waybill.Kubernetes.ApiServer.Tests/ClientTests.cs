using System.Text;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace Waybill.Kubernetes.ApiServer.Tests;

/// <summary>The client that other programs use, over TLS with the authority of the server.</summary>
public sealed class ClientTests
{
    [Fact]
    public async Task Client_ReadsWritesAndDeletes()
    {
        await using ApiServerDouble server = await ApiServerDouble.StartAsync(new ApiServerOptions { UseTls = true });
        using k8s.Kubernetes client = Connect(server);

        await client.CoreV1.CreateNamespaceAsync(new V1Namespace { Metadata = new V1ObjectMeta { Name = "shop" } });
        V1Secret secret = await client.CoreV1.CreateNamespacedSecretAsync(
            new V1Secret { Metadata = new V1ObjectMeta { Name = "login" }, StringData = new Dictionary<string, string> { ["password"] = "hunter2" } }, "shop");
        secret.Metadata.Labels = new Dictionary<string, string> { ["a"] = "b" };
        V1Secret replaced = await client.CoreV1.ReplaceNamespacedSecretAsync(secret, "login", "shop");
        V1SecretList list = await client.CoreV1.ListNamespacedSecretAsync("shop", labelSelector: "a=b");
        await client.CoreV1.DeleteNamespacedSecretAsync("login", "shop");
        HttpOperationException gone = await Assert.ThrowsAsync<HttpOperationException>(() => client.CoreV1.ReadNamespacedSecretAsync("login", "shop"));

        Assert.Equal("hunter2", Encoding.UTF8.GetString(secret.Data["password"]));
        Assert.NotEqual(secret.Metadata.ResourceVersion, replaced.Metadata.ResourceVersion);
        Assert.Equal("login", Assert.Single(list.Items).Metadata.Name);
        Assert.Equal(404, (int)gone.Response.StatusCode);
    }

    [Fact]
    public async Task Client_PatchesAndApplies()
    {
        await using ApiServerDouble server = await ApiServerDouble.StartAsync(new ApiServerOptions { UseTls = true });
        using k8s.Kubernetes client = Connect(server);
        await client.AppsV1.CreateNamespacedDeploymentAsync(
            new V1Deployment
            {
                Metadata = new V1ObjectMeta { Name = "web" },
                Spec = new V1DeploymentSpec
                {
                    Replicas = 1,
                    Selector = new V1LabelSelector { MatchLabels = new Dictionary<string, string> { ["app"] = "web" } },
                    Template = new V1PodTemplateSpec { Spec = new V1PodSpec { Containers = [new V1Container { Name = "c", Image = "i:1" }] } },
                },
            },
            "default");

        V1Deployment merged = await client.AppsV1.PatchNamespacedDeploymentAsync(
            new V1Patch("""{"spec":{"replicas":3}}""", V1Patch.PatchType.MergePatch), "web", "default");
        V1Deployment strategic = await client.AppsV1.PatchNamespacedDeploymentAsync(
            new V1Patch("""{"spec":{"template":{"spec":{"containers":[{"name":"c","image":"i:2"}]}}}}""", V1Patch.PatchType.StrategicMergePatch), "web", "default");
        HttpOperationException conflict = await Assert.ThrowsAsync<HttpOperationException>(() => client.AppsV1.PatchNamespacedDeploymentAsync(
            new V1Patch("""{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web"},"spec":{"replicas":5}}""", V1Patch.PatchType.ApplyPatch), "web", "default", fieldManager: "x"));

        Assert.Equal(3, merged.Spec.Replicas);
        Assert.Equal("i:2", strategic.Spec.Template.Spec.Containers[0].Image);
        Assert.Equal(409, (int)conflict.Response.StatusCode);
    }

    [Fact]
    public async Task Client_AsksForTokensAndReviews()
    {
        await using ApiServerDouble server = await ApiServerDouble.StartAsync(new ApiServerOptions { UseTls = true });
        using k8s.Kubernetes client = Connect(server);
        await client.CoreV1.CreateNamespacedServiceAccountAsync(new V1ServiceAccount { Metadata = new V1ObjectMeta { Name = "mover" } }, "default");

        Authenticationv1TokenRequest issued = await client.CoreV1.CreateNamespacedServiceAccountTokenAsync(
            new Authenticationv1TokenRequest { Spec = new V1TokenRequestSpec { Audiences = ["x"], ExpirationSeconds = 600 } }, "mover", "default");
        V1TokenReview review = await client.AuthenticationV1.CreateTokenReviewAsync(
            new V1TokenReview { Spec = new V1TokenReviewSpec { Token = issued.Status.Token, Audiences = ["x"] } });
        V1SubjectAccessReview access = await client.AuthorizationV1.CreateSubjectAccessReviewAsync(new V1SubjectAccessReview
        {
            Spec = new V1SubjectAccessReviewSpec
            {
                User = review.Status.User.Username, ResourceAttributes = new V1ResourceAttributes { Verb = "get", Resource = "secrets", NamespaceProperty = "default" },
            },
        });

        Assert.True(review.Status.Authenticated);
        Assert.False(access.Status.Allowed);
    }

    [Fact]
    public async Task Client_Watches()
    {
        await using ApiServerDouble server = await ApiServerDouble.StartAsync(new ApiServerOptions { UseTls = true });
        using k8s.Kubernetes client = Connect(server);
        using var stop = new CancellationTokenSource();
        var seen = new TaskCompletionSource<string>();

        Task watching = Task.Run(async () =>
        {
            await foreach ((WatchEventType type, V1ConfigMap map) in client.CoreV1.WatchListNamespacedConfigMapAsync("default", cancellationToken: stop.Token))
            {
                seen.TrySetResult($"{type} {map.Metadata.Name}");
            }
        });
        await client.CoreV1.CreateNamespacedConfigMapAsync(new V1ConfigMap { Metadata = new V1ObjectMeta { Name = "a" } }, "default");

        Assert.Equal("Added a", await seen.Task);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => watching);
    }

    private static k8s.Kubernetes Connect(ApiServerDouble server)
    {
        using var config = new MemoryStream(Encoding.UTF8.GetBytes(server.KubeConfig()));
        return new k8s.Kubernetes(KubernetesClientConfiguration.BuildConfigFromConfigFile(config));
    }
}
