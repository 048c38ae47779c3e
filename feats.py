import numpy as np, pandas as pd
S=np.load('/tmp/runs/runs/hm/cache/stem.npy',mmap_mode='r'); I=np.load('/tmp/runs/runs/hm/cache/inputs.npy',mmap_mode='r'); print(S.shape,S.dtype,I.shape,I.dtype)
avg=np.zeros((len(S),512),np.float32); gem=avg.copy()
for s in range(0,len(S),256):
    x=S[s:s+256].astype(np.float32); x=x.reshape(len(x),512,-1) if x.shape[1]==512 else x.reshape(len(x),-1,512).transpose(0,2,1)
    avg[s:s+256]=x.mean(2); gem[s:s+256]=np.cbrt((np.maximum(x,1e-6)**3).mean(2))
np.savez('/tmp/s28/hm_feats.npz',avg=avg,gem=gem,b5=np.asarray(I),ids=pd.read_parquet('/tmp/runs/runs/hm/items.parquet')['item_id'].to_numpy().astype(str))
