module cunzheng.example/interop/http-client

go 1.25
