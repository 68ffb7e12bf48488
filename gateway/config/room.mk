# gateway/config/room.mk - what this room is built of, and its tests
