{"payloadType": 1
