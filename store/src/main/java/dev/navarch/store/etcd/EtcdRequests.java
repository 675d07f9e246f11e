package dev.navarch.store.etcd;

import com.google.protobuf.ByteString;
import dev.navarch.store.Store;
import dev.navarch.store.StoreMetrics;
import io.etcd.jetcd.api.Compare;
import io.etcd.jetcd.api.KVGrpc;
import io.etcd.jetcd.api.MaintenanceGrpc;
import io.etcd.jetcd.api.RangeRequest;
import io.etcd.jetcd.api.RangeResponse;
import io.etcd.jetcd.api.RequestOp;
import io.etcd.jetcd.api.StatusRequest;
import io.etcd.jetcd.api.StatusResponse;
import io.etcd.jetcd.api.TxnRequest;
import io.etcd.jetcd.api.TxnResponse;
import java.time.Duration;

/// What etcd is asked for, in its own keys and revisions. Each answer's revision is held against
/// the highest one seen, so that an etcd that went back in time is found.
final class EtcdRequests {
  private final EtcdConnection etcd;
  private final StoreMetrics metrics;

  EtcdRequests(EtcdConnection etcd, StoreMetrics metrics) {
    this.etcd = etcd;
    this.metrics = metrics;
  }

  /// A number that is kept under a key, and how often it was written.
  record Counter(long value, long version) {}

  Counter number(ByteString key) {
    RangeResponse found = range(RangeRequest.newBuilder().setKey(key).build());
    return found.getKvsCount() == 0
        ? new Counter(0, 0)
        : new Counter(
            Long.parseLong(found.getKvs(0).getValue().toStringUtf8()),
            found.getKvs(0).getVersion());
  }

  RangeResponse range(RangeRequest request) {
    long before = etcd.highest();
    RangeResponse answer = etcd.read(KVGrpc::newBlockingStub, stub -> stub.range(request));
    etcd.observe(answer.getHeader(), before);
    return answer;
  }

  StatusResponse status() {
    return etcd.read(
        MaintenanceGrpc::newBlockingStub, stub -> stub.status(StatusRequest.getDefaultInstance()));
  }

  /// Does it if the key was last changed at that revision; else reads the key.
  TxnResponse ifRevision(ByteString key, long revision, RequestOp operation) {
    return transact(comparing(key, Compare.CompareTarget.MOD).setModRevision(revision), operation);
  }

  /// Does it if the key was written so many times; else reads the key.
  TxnResponse ifVersion(ByteString key, long version, RequestOp operation) {
    return transact(comparing(key, Compare.CompareTarget.VERSION).setVersion(version), operation);
  }

  private static Compare.Builder comparing(ByteString key, Compare.CompareTarget target) {
    return Compare.newBuilder()
        .setKey(key)
        .setTarget(target)
        .setResult(Compare.CompareResult.EQUAL);
  }

  private TxnResponse transact(Compare.Builder condition, RequestOp operation) {
    var otherwise = RangeRequest.newBuilder().setKey(condition.getKey());
    TxnRequest request =
        TxnRequest.newBuilder()
            .addCompare(condition)
            .addSuccess(operation)
            .addFailure(RequestOp.newBuilder().setRequestRange(otherwise))
            .build();
    long before = etcd.highest();
    long started = System.nanoTime();
    try {
      TxnResponse answer = etcd.write(KVGrpc::newBlockingStub, stub -> stub.txn(request));
      etcd.observe(answer.getHeader(), before);
      metrics.committed(
          1, request.getSerializedSize(), Duration.ofNanos(System.nanoTime() - started));
      return answer;
    } catch (Store.UnavailableException | Store.LateException e) {
      metrics.failed(1);
      throw e;
    }
  }
}
