. /tests/vm/lib.sh
. /tests/vm/module/zcache_test.sh
round=0
for params in "frame_pages=4" "frame_pages=1 max_buddies=2" "frame_pages=8" "frame_pages=2 pers_max_mib=2 eph_max_mib=2"; do
zt_load_with $params
zt tier_register
zt tier delay_ms=3 localize=20 fail=20 pull=20 max_pages=1000 kinds=3
for i in 1 2; do
round=$((round+1))
for pool in 0 1 2 3 4 5; do zt create pool=$pool persistent=$((pool & 1)); done
zt start pool=0 seed=$round keys=600 threads=2 noise=10 zero=5 filled=5
zt start pool=1 seed=$round keys=600 threads=2 noise=10 zero=5 filled=5 put=300 get=650 flush=40
zt start pool=2 seed=$round keys=40 threads=3 free=1 failing=1
zt start pool=3 seed=$round keys=40 threads=3 free=1 failing=1 noise=5
zt start pool=4 seed=$round keys=5000 threads=1 put=500 get=200 flush=300
zt start pool=5 seed=$round keys=5000 threads=1 put=500 get=200 flush=290
zt mover_start
for j in 1 2 3 4 5 6 7 8; do
zt wait ms=500
inject evict_eph 10; inject fail_frames 8
for c in lzo zstd lz4; do set_param pers_compressor $c; zt wait ms=50; done
echo 3 >/proc/sys/vm/drop_caches
case $j in 3) echo 0 >/sys/devices/system/cpu/cpu1/online;; 5) echo 1 >/sys/devices/system/cpu/cpu1/online;; esac
done
inject fail_frames 0
zt halt pools=6
for pool in 0 1 2 3 4 5; do run "$params $i pool $pool" stop pool=$pool; show_results; done
zt mover_stop
zt tier; show_results
zt destroy pools=6
done
zt tier; is $r_pages 0 "none"
zt tier_unregister
zt_unload
done
dmesg | grep -E "FAILED|repack|accounting" | head
done_testing
